import type { Reason } from "../events.ts";

/**
 * What may not reach a terminal as it is: control characters, what changes the direction of writing, line separators, and
 * halves of pairs.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu;

/** User name and password of an address, wherever in a text. */
const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]*(?:@[^\s/?#@]*)*@/gi;

const LONGEST = 500;

/** Makes a text of unknown origin fit for people: no user information, nothing unprintable, not too long. */
export function printable(text: string): string {
  const safe = text
    .slice(0, 4 * LONGEST)
    .replace(USER_INFO, "$1")
    .replace(UNPRINTABLE, (char) => `\\u{${(char.codePointAt(0) as number).toString(16)}}`);
  return safe.length <= LONGEST ? safe : `${safe.slice(0, LONGEST)}…`;
}

/** @param message made printable here */
export function reasonOf(code: string, message: string, status?: number): Reason {
  const text = printable(message);
  return status === undefined ? { code, message: text } : { code, message: text, status };
}
