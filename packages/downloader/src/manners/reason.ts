import type { Reason } from "../events.ts";
import { printable as escaped } from "../names/printable.ts";

/** User name and password of an address, wherever in a text. */
const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]*(?:@[^\s/?#@]*)*@/gi;

const LONGEST = 500;

/** Makes a text of unknown origin fit for people: no user information, nothing unprintable, not too long. */
export function printable(text: string): string {
  const safe = escaped(text.slice(0, 4 * LONGEST).replace(USER_INFO, "$1"));
  return safe.length <= LONGEST ? safe : `${safe.slice(0, LONGEST)}…`;
}

/** @param message made printable here */
export function reasonOf(code: string, message: string, status?: number): Reason {
  const text = printable(message);
  return status === undefined ? { code, message: text } : { code, message: text, status };
}
