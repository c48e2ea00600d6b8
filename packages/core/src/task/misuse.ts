import { RuntimeError } from "../errors.ts";
import { isFuture } from "../future.ts";
import { defaultHost } from "../host.ts";
import { brief } from "../print.ts";
import { type AnyGenerator, generatorPrototype, nativeThrow } from "./frame.ts";
import { isOperation } from "./operation.ts";
import type { Task } from "./task.ts";

/** The error for a coroutine that yielded something itself, most often by a forgotten `*`. */
export class Misuse extends RuntimeError {
  constructor(yielded: unknown) {
    super(`a coroutine must not yield ${brief(yielded)}: ${advice(yielded)}`);
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** The error of a task that was given the coroutine of another one. */
export function drivenAlready(other: Task<unknown>): RuntimeError {
  return new RuntimeError(
    `the coroutine of ${other} was given to a second task; call its function again for each, or wait for the one task`,
  );
}

/** How often a coroutine is looked into. The debugger takes ever longer, and a mistake in a loop must not stop the program. */
const LOOKS = 10;
/** By the prototype that all generators of one function have. */
const looks = new WeakMap<object, number>();

/**
 * Throws `error` into a coroutine so that its stack shows the line of the `yield` that it blames.
 *
 * Only the engine's debugger can tell where a suspended generator stands, and only the throw itself, on its way down
 * through the `yield*`s, passes by every generator. So for this one throw `throw` of all generators is one that looks
 * at each as it is passed. Slow and odd, but it is done a few times for a coroutine only, and saves the search.
 */
export function throwInto(gen: AnyGenerator, error: Misuse): IteratorResult<unknown, unknown> {
  const kind = Object.getPrototypeOf(gen) as object;
  const before = looks.get(kind) ?? 0;
  if (before >= LOOKS) return nativeThrow.call(gen, error);
  looks.set(kind, before + 1);
  const places: string[] = [];
  const look = (passed: AnyGenerator) => {
    const place = defaultHost.whereIs(passed);
    if (place === undefined) return;
    const at = `${place.file}:${place.line}:${place.column}`;
    places.unshift(`    at ${place.fn === "" ? at : `${place.fn} (${at})`}`);
    error.stack = [`${error.name}: ${error.message}`, ...places].join("\n");
  };
  const prototype = generatorPrototype as { throw: typeof nativeThrow };
  look(gen);
  try {
    prototype.throw = function (this: AnyGenerator, thrown) {
      if (thrown === error) look(this);
      return nativeThrow.call(this, thrown);
    };
    return nativeThrow.call(gen, error);
  } finally {
    prototype.throw = nativeThrow;
  }
}

function advice(yielded: unknown): string {
  if (isFuture(yielded)) return "write `yield* future`, with a star";
  if (isOperation(yielded)) return `write \`yield* ${yielded._title}\`, with a star`;
  if (typeof yielded === "object" && yielded !== null) {
    if ("then" in yielded) return "write `yield* from(promise)`";
    if (Symbol.iterator in yielded && "next" in yielded) return "write `yield* child()`, with a star";
  }
  return "it can only wait, by `yield*` before an awaitable; to give way write `yield* sleep(0)`";
}
