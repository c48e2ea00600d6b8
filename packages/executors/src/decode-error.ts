/**
 * The main thread's half: a real Error again, of the nearest class that both sides know, with the worker's stack.
 */
import {
  CancelledError,
  DeadlockError,
  ExceptionGroup,
  InvalidStateError,
  RuntimeError,
  TimeoutError,
} from "yieldfrom";
import type { Encoded, EncodedError } from "./wire.ts";

const BUILTIN = new Map<string, object>(
  [Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((builtin) => [
    builtin.name,
    builtin.prototype,
  ]),
);

/** Core's errors are recognised by their stable codes: another library's TimeoutError is not ours. */
const CORE = new Map<unknown, object>([
  ["ERR_CANCELLED", CancelledError.prototype],
  ["ERR_DEADLOCK", DeadlockError.prototype],
  ["ERR_EXCEPTION_GROUP", ExceptionGroup.prototype],
  ["ERR_INVALID_STATE", InvalidStateError.prototype],
  ["ERR_RUNTIME", RuntimeError.prototype],
  ["ERR_TIMEOUT", TimeoutError.prototype],
]);

/** What the job threw, rebuilt: an Error for an error, a copy for anything else. */
export function decodeThrown(encoded: Encoded): unknown {
  return decode(encoded, new Map());
}

function decode(encoded: Encoded, seen: Map<Encoded, unknown>): unknown {
  if (encoded.kind === "value") return encoded.value;
  if (seen.has(encoded)) return seen.get(encoded);
  if (encoded.kind === "error") return decodeError(encoded, seen);
  const list: unknown[] = [];
  seen.set(encoded, list);
  for (const item of encoded.items) list.push(decode(item, seen));
  return list;
}

function decodeError(encoded: EncodedError, seen: Map<Encoded, unknown>): Error {
  const error = bareError(encoded);
  seen.set(encoded, error);
  for (const { key, enumerable, value } of encoded.properties) define(error, key, decode(value, seen), enumerable);
  if (error.name !== encoded.name) define(error, "name", encoded.name, false);
  define(error, "stack", encoded.stack, false);
  return error;
}

function bareError(encoded: EncodedError): Error {
  // A DOMException (AbortError, DataCloneError) keeps its name in a slot that only its constructor fills.
  if (encoded.classes[0] === "DOMException") return new DOMException(encoded.message, encoded.name);
  return Object.setPrototypeOf(new Error(encoded.message), prototypeOf(encoded));
}

function prototypeOf({ classes, properties }: EncodedError): object {
  const code = properties.find(({ key }) => key === "code")?.value;
  const own = code?.kind === "value" ? CORE.get(code.value) : undefined;
  if (own !== undefined && classes.includes(own.constructor.name)) return own;
  for (const name of classes) {
    const builtin = BUILTIN.get(name);
    if (builtin !== undefined) return builtin;
  }
  return Error.prototype;
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}
