import { Readable } from "node:stream";
import { type Coroutine, run } from "yieldfrom";
import type { ItemSource } from "../../src/input/item-source.ts";
import type { ListEntry } from "../../src/input/list-entry.ts";
import type { ListFormat } from "../../src/input/list-parser.ts";
import { ListReader } from "../../src/input/list-reader.ts";

/** All that a source has. */
export function* all(source: ItemSource): Coroutine<ListEntry[]> {
  const entries: ListEntry[] = [];
  for (;;) {
    const batch = yield* source.next();
    if (batch === null) return entries;
    entries.push(...batch);
  }
}

/** The entries of the list "L" that holds `chunks`. */
export function entriesOf(chunks: readonly (string | Uint8Array)[], format: ListFormat = "auto"): Promise<ListEntry[]> {
  return run(function* () {
    const source = Readable.from(
      chunks.map((chunk) => Buffer.from(chunk as string)),
      { objectMode: false },
    );
    using reader = new ListReader(source, { name: "L", format });
    return yield* all(reader);
  });
}

/** A generator of numbers below `n`, the same for the same seed (mulberry32). */
export function seeded(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % n;
  };
}
