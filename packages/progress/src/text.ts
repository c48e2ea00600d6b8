/** Text that is going to a terminal: how wide it is, where to cut it, what must not reach the screen raw. */

import { createRequire } from "node:module";
import type stringWidth from "string-width";

// Beside the control characters: line separators, which some terminals obey, and the direction marks that can
// reorder a whole line (a file name may hold them).
const UNSAFE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

// Anything but characters that are one column each and never join: ASCII, Latin, box drawing and blocks.
const NEEDS_MEASURING = /[^\x20-\x7e\xa1-\xac\xae-\u017f\u2500-\u259f]/;

// Loading string-width takes longer than starting Node, so it waits for the first text that needs it. That has to be
// a synchronous load: a width that is wrong until a promise settles would leave remains on the screen.
let measure: typeof stringWidth | undefined;
let segmenter: Intl.Segmenter | undefined;

/** The columns `text` takes on a terminal: 2 for a wide character, 0 for a combining mark. */
export function displayWidth(text: string): number {
  if (!NEEDS_MEASURING.test(text)) return text.length;
  measure ??= (createRequire(import.meta.url)("string-width") as { default: typeof stringWidth }).default;
  return measure(text);
}

/** `text` with every character that could steer a terminal spelled out, as `\n`, `\x1b` or `\u202e`. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    const hex = code.toString(16);
    return NAMED[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex}`);
  });
}

/** The longest start of `text` that fits into `columns` columns; a character is never cut in two. */
export function trimToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (!NEEDS_MEASURING.test(text)) return text.slice(0, columns);
  segmenter ??= new Intl.Segmenter();
  let kept = "";
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    width += displayWidth(segment);
    if (width > columns) break;
    kept += segment;
  }
  return kept;
}
