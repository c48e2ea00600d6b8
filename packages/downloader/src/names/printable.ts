/** Characters that a terminal would obey, or that nobody sees: control characters, format characters, line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** `text` with what must not reach a terminal written as `\u{202e}`. For names, addresses and all else that others chose. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}

/** The same in quotes. */
export function quoted(text: string): string {
  return `"${printable(text)}"`;
}
