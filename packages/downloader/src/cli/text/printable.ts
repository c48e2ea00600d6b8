/**
 * Control characters, which steer terminals, line separators, and the direction marks that can turn a line around. Names and
 * addresses come from strangers.
 */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** `text` with each character that could steer a terminal spelled out, as `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return text.toWellFormed().replace(UNSAFE, (character) => {
    const hex = character.charCodeAt(0).toString(16);
    return hex.length > 2 ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`;
  });
}
