/**
 * Saves files as a download does, going on from what is there: `killed-child.ts DIR`. It is made to be killed. The bytes of each
 * file are known from its number.
 */
import { type Coroutine, run } from "yieldfrom";
import { type OutputFolder, openFolder } from "../../src/files/output-folder.ts";
import type { PartRecord, Piece } from "../../src/files/part-record.ts";

/** Files that there are. */
export const COUNT = 24;

/** The name of file `n`. */
export function nameOf(n: number): string {
  return `${n % 3 === 0 ? "sub/" : ""}file-${n}.bin`;
}

/** What is in file `n`: every third one is small. */
export function bytesOf(n: number): Buffer {
  return Buffer.alloc(n % 3 === 1 ? 3000 + n : 500_000 + n * 10_007, `${n} abcdefghijklmno`);
}

if (process.argv[1] === import.meta.filename) {
  const [, , dir = ""] = process.argv;
  await run(function* () {
    using folder = yield* openFolder(dir);
    process.stdout.write("locked\n");
    for (let n = 0; n < COUNT; n++) yield* save(folder, n);
  });
}

function* save(folder: OutputFolder, n: number): Coroutine<void> {
  const name = nameOf(n);
  if (folder.find(name).kind === "file") return folder.sweep(name);
  if (n % 3 === 1) return yield* folder.saveWhole(name, [bytesOf(n)]);
  if (n % 3 === 2) return yield* saveInPieces(folder, name, bytesOf(n));
  const bytes = bytesOf(n);
  const part = folder.openPart(name);
  try {
    if (part.record === null) yield* part.restart(recordOf(name, bytes.length));
    const writer = part.writer(part.size);
    while (writer.position < bytes.length) {
      const chunk = bytes.subarray(writer.position, writer.position + 20_000);
      if (!writer.write(chunk)) yield* writer.drain();
    }
    yield* part.finish();
  } finally {
    yield* part.keep();
  }
}

/** Two pieces that grow by turns, and are remembered now and then. */
function* saveInPieces(folder: OutputFolder, name: string, bytes: Buffer): Coroutine<void> {
  const part = folder.openPart(name);
  try {
    const middle = Math.floor(bytes.length / 2);
    const record = recordOf(name, bytes.length);
    let pieces: readonly Piece[] | undefined = part.record?.pieces;
    if (pieces === undefined) {
      pieces = [
        { start: 0, next: 0, end: middle },
        { start: middle, next: middle, end: bytes.length },
      ];
      yield* part.restart({ ...record, pieces });
    }
    const writers = pieces.map(({ next }) => part.writer(next));
    for (let left = true, turn = 0; left; turn++) {
      left = false;
      for (const [index, { end }] of pieces.entries()) {
        const writer = writers[index];
        if (writer === undefined || writer.position >= end) continue;
        left = true;
        if (!writer.write(bytes.subarray(writer.position, Math.min(end, writer.position + 20_000))))
          yield* writer.drain();
      }
      if (turn % 5 !== 0) continue;
      yield* part.remember({
        ...record,
        pieces: pieces.map((piece, index) => ({ ...piece, next: writers[index]?.written ?? 0 })),
      });
    }
    yield* part.finish();
  } finally {
    yield* part.keep();
  }
}

function recordOf(name: string, total: number): PartRecord {
  return { sources: [{ url: `https://h/${name}`, validator: { kind: "etag", value: '"1"' } }], total };
}
