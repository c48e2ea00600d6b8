/**
 * The worker's half of carrying an error across. Structured clone keeps only message, stack and cause of an Error, so
 * `code`, `errno`, `path` and every property of one's own would be gone: they are listed one by one instead.
 */
import { inspect, types } from "node:util";
import type { Encoded, EncodedError } from "./wire.ts";

type Copy = (value: unknown) => unknown;

/** Properties that EncodedError holds by name. */
const NAMED = new Set(["message", "stack"]);

/**
 * Turn whatever a job threw into plain data that any worker can receive. `copy` makes the copy of a value that would
 * arrive, or throws: structured clone, unless the way there can carry less.
 *
 * Own properties that cannot be cloned (a socket, a callback) are left out; a thrown value that is no error and
 * cannot be cloned, or is null or undefined (which a Future answers when there is no error), becomes an Error that
 * shows it. Never throws.
 */
export function encodeThrown(thrown: unknown, copy: Copy = structuredClone): Encoded {
  if (thrown === null || thrown === undefined)
    return encodeError(new Error(`The job threw ${thrown}.`), new Map(), copy);
  const encoded = encode(thrown, new Map(), copy);
  return (
    encoded ?? encodeError(new Error(`The job threw a value that can't be sent: ${inspect(thrown)}`), new Map(), copy)
  );
}

function encode(value: unknown, seen: Map<object, Encoded>, copy: Copy): Encoded | undefined {
  if (types.isNativeError(value) || value instanceof Error) return encodeError(value, seen, copy);
  if (Array.isArray(value)) return encodeList(value, seen, copy);
  try {
    return { kind: "value", value: copy(value) };
  } catch {
    return undefined;
  }
}

function encodeList(list: readonly unknown[], seen: Map<object, Encoded>, copy: Copy): Encoded {
  const known = seen.get(list);
  if (known !== undefined) return known;
  const items: Encoded[] = [];
  const encoded: Encoded = { kind: "list", items };
  seen.set(list, encoded);
  for (const item of list) items.push(encode(item, seen, copy) ?? { kind: "value", value: inspect(item) });
  return encoded;
}

function encodeError(error: Error, seen: Map<object, Encoded>, copy: Copy): Encoded {
  const known = seen.get(error);
  if (known !== undefined) return known;
  const encoded: EncodedError = {
    kind: "error",
    classes: classNames(error),
    name: String(error.name),
    message: String(error.message),
    stack: typeof error.stack === "string" ? error.stack : undefined,
    properties: [],
  };
  seen.set(error, encoded);
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(error))) {
    // Accessors are skipped: running one could throw, or answer differently there.
    if (NAMED.has(key) || !("value" in descriptor)) continue;
    const value = encode(descriptor.value, seen, copy);
    if (value !== undefined) encoded.properties.push({ key, enumerable: descriptor.enumerable === true, value });
  }
  return encoded;
}

function classNames(error: Error): string[] {
  const names: string[] = [];
  for (let proto = Object.getPrototypeOf(error); proto !== null; proto = Object.getPrototypeOf(proto)) {
    const made = proto.constructor;
    if (typeof made === "function" && made.name !== "") names.push(made.name);
  }
  return names;
}
