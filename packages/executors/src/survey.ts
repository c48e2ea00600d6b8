/**
 * A look at what is to be sent to another process, before V8 writes it.
 *
 * Structured clone carries some of the host's objects (Blob, KeyObject, BlockList) between threads. V8's serializer
 * alone, which is what can be had between processes, makes `{}` of them without a word: so they are looked for. On the
 * same way large buffers are found, which need not go through the serializer.
 */

/** What was found in a value. */
export class Survey {
  /** Large buffers, each once. */
  readonly buffers = new Set<ArrayBuffer>();
  /** The first object that structured clone would carry and V8's serializer would not. */
  host: object | undefined;
  private readonly _seen = new Set<object>();

  /** Look through a value, until one of the host's objects is found. */
  visit(value: unknown): void {
    if (typeof value !== "object" || value === null || this.host !== undefined) return;
    if (ArrayBuffer.isView(value)) {
      this._buffer(value.buffer);
      return;
    }
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === ArrayBuffer.prototype) this._buffer(value as ArrayBuffer);
    if (OF_THE_LANGUAGE.has(prototype) || this._seen.has(value)) return;
    this._seen.add(value);
    const plain = prototype === Object.prototype || prototype === Array.prototype || prototype === null;
    if (!plain && isHostObject(value, prototype)) this.host = value;
    else for (const part of partsOf(value)) if (typeof part === "object") this.visit(part);
  }

  private _buffer(buffer: ArrayBufferLike): void {
    if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE && !buffer.resizable) this.buffers.add(buffer);
  }
}

/** From here on it is faster not to go through the serializer (bytes). */
const LARGE = 64 * 1024;

/** What V8 itself can write, and has nothing inside that it can't. */
const OF_THE_LANGUAGE = new Set<object | null>(
  [ArrayBuffer, SharedArrayBuffer, Date, RegExp, Boolean, Number, String, BigInt, Error].map(
    ({ prototype }) => prototype,
  ),
);

/** Whether instances of a class are the host's, by prototype: asked once of each class. */
const known = new WeakMap<object, boolean>();

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return value;
  return Object.values(value);
}

/** Structured clone gives a plain object for an instance of anybody's class, and one of a class for the host's. */
function isHostObject(value: object, prototype: object): boolean {
  if (value instanceof Map || value instanceof Set || value instanceof Error || Array.isArray(value)) return false;
  const answer = known.get(prototype);
  if (answer !== undefined) return answer;
  try {
    const copy = structuredClone(value);
    const host = Object.getPrototypeOf(copy) !== Object.prototype;
    known.set(prototype, host);
    return host;
  } catch {
    // It holds something that nobody can clone: the serializer will say what.
    return false;
  }
}
