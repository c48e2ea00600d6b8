/** Contents that no one stores: every byte follows from a text (path and version) and its place, so any can be checked. */
import { createHash } from "node:crypto";
import { seeded } from "../../core/test/seeded.ts";

const BLOCK = 65_536;
const STARTS = 1 << 20;

/** Each block of a content is a window of this, at a place that depends on the text and the block's number. */
const NOISE = makeNoise();

function makeNoise(): Uint8Array {
  const words = new Uint32Array((STARTS + BLOCK) / 4);
  const random = seeded(20_261_129);
  for (let at = 0; at < words.length; at++) words[at] = random(2 ** 32);
  return new Uint8Array(words.buffer);
}

/** A number of 32 bits for a text (FNV-1a). */
export function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  return state >>> 0;
}

export class Content {
  readonly size: number;
  private readonly _seed: number;

  constructor(text: string, size: number) {
    this.size = size;
    this._seed = hash(text);
  }

  /** The bytes from `from` up to `to`, in views of at most `most` bytes. */
  *pieces(from = 0, to = this.size, most = BLOCK): Generator<Uint8Array> {
    for (let at = from; at < to; ) {
      const block = Math.floor(at / BLOCK);
      const end = Math.min(to, at + most, (block + 1) * BLOCK);
      const start = seeded((this._seed + Math.imul(block, 0x9e3779b1)) >>> 0)(STARTS) - block * BLOCK;
      yield NOISE.subarray(start + at, start + end);
      at = end;
    }
  }

  bytes(from = 0, to = this.size): Buffer {
    return Buffer.concat([...this.pieces(from, to)]);
  }

  sha256(): string {
    const sum = createHash("sha256");
    for (const piece of this.pieces()) sum.update(piece);
    return sum.digest("hex");
  }

  /** Where `bytes`, which stand at `offset`, are not this content: the first such place, or -1. */
  firstDifference(bytes: Uint8Array, offset = 0): number {
    let at = 0;
    for (const piece of this.pieces(offset, Math.min(this.size, offset + bytes.length))) {
      const own = bytes.subarray(at, at + piece.length);
      if (Buffer.compare(own, piece) !== 0) return offset + at + piece.findIndex((byte, index) => own[index] !== byte);
      at += piece.length;
    }
    return at === bytes.length ? -1 : offset + at;
  }
}
