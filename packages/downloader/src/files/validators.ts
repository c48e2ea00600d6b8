/** By what a version of a file is known, and what a range answers. Source: RFC 9110. */

import { parseHttpDate } from "../http-date.ts";

/** What goes into `If-Range`: a strong ETag, or a Last-Modified that is a strong validator. */
export interface Validator {
  readonly kind: "etag" | "last-modified";
  /** As the server wrote it. */
  readonly value: string;
}

/** Facts of a response, as its headers have them. */
export interface ValidatorFacts {
  readonly etag?: string | null;
  readonly lastModified?: string | null;
  readonly date?: string | null;
}

/** Milliseconds by which a Date of the server's must be later, and the time by our own clock. */
const SAME_CLOCK = 1000;
const OTHER_CLOCK = 60_000;

/**
 * What a later request can ask with, so that bytes of two versions are never put together; `null` if there is nothing.
 * A Last-Modified counts only if the file was older than a second when it was sent: within that second it may have been
 * changed twice. Source: RFC 9110 sections 8.8.2.2 and 13.1.5.
 * @param now milliseconds since 1970, for a response without Date
 */
export function validatorOf({ etag, lastModified, date }: ValidatorFacts, now = Date.now()): Validator | null {
  if (typeof etag === "string" && isStrongEtag(etag)) return { kind: "etag", value: etag };
  const modified = parseHttpDate(lastModified);
  if (modified === null) return null;
  const sent = parseHttpDate(date);
  const isStrong = sent === null ? now - modified >= OTHER_CLOCK : sent - modified >= SAME_CLOCK;
  return isStrong ? { kind: "last-modified", value: lastModified as string } : null;
}

/** Whether it is an ETag that says "these very bytes". Source: RFC 9110 section 8.8.3. */
export function isStrongEtag(text: string): boolean {
  return /^"[!\x23-\x7e\x80-\xff]*"$/.test(text);
}

/** What `Content-Range` says. */
export interface ContentRange {
  /** The first byte. */
  readonly start: number;
  /** Behind the last one. */
  readonly end: number;
  /** Bytes of the whole file; `null`: unknown. */
  readonly total: number | null;
}

/**
 * `bytes 0-99/1234` of a 206; `null` if it is anything else, or makes no sense. Source: RFC 9110 section 14.4.
 */
export function parseContentRange(text: string | null | undefined): ContentRange | null {
  const [, first, last, length] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(text ?? "") ?? [];
  if (first === undefined || last === undefined || length === undefined) return null;
  const start = Number(first);
  const end = Number(last) + 1;
  const total = length === "*" ? null : Number(length);
  const makesSense = start < end && Number.isSafeInteger(end) && (total === null || end <= total);
  return makesSense && (total === null || Number.isSafeInteger(total)) ? { start, end, total } : null;
}

/** Bytes of the whole file, of the `bytes *\/1234` that a 416 has; `null` if it does not tell. */
export function parseUnsatisfiedRange(text: string | null | undefined): number | null {
  const [, length] = /^bytes \*\/(\d+)$/i.exec(text ?? "") ?? [];
  const total = Number(length);
  return length !== undefined && Number.isSafeInteger(total) ? total : null;
}
