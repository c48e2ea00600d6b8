import type { Character } from "./char-index.ts";

/** `U+0041`: how the Unicode standard writes a code point. */
export function codeOf({ codePoint }: Character): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The character itself. */
export function charOf({ codePoint }: Character): string {
  return String.fromCodePoint(codePoint);
}

/** `3 characters found`. */
export function countOf(total: number): string {
  return total === 1 ? "1 character found" : `${total} characters found`;
}
