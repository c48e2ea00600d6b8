/**
 * Structured clone carries some of the host's objects (Blob, KeyObject, BlockList) between threads. V8's serializer
 * alone, which is what can be had between processes, makes `{}` of them without a word: so they are looked for first.
 */

/** What V8 itself can write; Map and Set are looked into. */
const OF_THE_LANGUAGE = new Set<object | null>(
  [ArrayBuffer, SharedArrayBuffer, DataView, Date, RegExp, Boolean, Number, String, BigInt, Error].map(
    ({ prototype }) => prototype,
  ),
);

/** Whether instances of a class are the host's, by prototype: asked once of each class. */
const known = new WeakMap<object, boolean>();

/** The first of the host's objects in a value that structured clone would carry and V8's serializer would not. */
export function hostObjectIn(value: unknown, seen = new Set<object>()): object | undefined {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || seen.has(value)) return undefined;
  const prototype: object | null = Object.getPrototypeOf(value);
  if (OF_THE_LANGUAGE.has(prototype)) return undefined;
  seen.add(value);
  const plain = prototype === Object.prototype || prototype === Array.prototype || prototype === null;
  if (!plain && isHostObject(value, prototype)) return value;
  return hostObjectAmong(partsOf(value), seen);
}

function hostObjectAmong(parts: Iterable<unknown>, seen: Set<object>): object | undefined {
  for (const part of parts) {
    const found = typeof part === "object" ? hostObjectIn(part, seen) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

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
