import type { Reason } from "../events.ts";
import { printable } from "../names/printable.ts";

/** User name and password of an address, wherever in a text. */
const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]*(?:@[^\s/?#@]*)*@/gi;

/** The same at the beginning of what is no address, with no scheme or no slashes before it. */
const USER_INFO_FIRST = /^((?:[a-z][a-z0-9+.-]*:)?[/\\]+)?[^\s/\\?#]*@/i;

const LONGEST = 500;

/** Makes a text of unknown origin fit for people: no user information, nothing unprintable, not too long. */
export function presentable(text: string): string {
  const safe = printable(text.slice(0, 4 * LONGEST).replace(USER_INFO, "$1"));
  return safe.length <= LONGEST ? safe : `${safe.slice(0, LONGEST)}…`;
}

/** The same for what should be an address and is none. */
export function presentableAddress(text: string): string {
  return presentable(text.replace(USER_INFO_FIRST, "$1"));
}

/** @param message made presentable here */
export function reasonOf(code: string, message: string, status?: number): Reason {
  const text = presentable(message);
  return status === undefined ? { code, message: text } : { code, message: text, status };
}
