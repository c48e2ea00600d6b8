import { parseHttpDate } from "../http-date.ts";

/**
 * How long a server wants to be left alone, in milliseconds of at least 0; null if it does not say so, or not in a way that
 * is understood. Source: RFC 9110 section 10.2.3.
 *
 * A date is compared with the answer's own, where it has one: the server's clock may be wrong, but it is wrong in both.
 * Seconds with a fraction, which some servers send, are understood too.
 *
 * @param value of `Retry-After`
 * @param date of `Date`
 * @param now milliseconds since 1970
 */
export function retryAfter(value: string | null, date: string | null, now: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const until = parseHttpDate(text, now);
  if (until === null) return null;
  return Math.max(0, until - ((date === null ? null : parseHttpDate(date.trim(), now)) ?? now));
}
