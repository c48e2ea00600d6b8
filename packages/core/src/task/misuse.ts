import { RuntimeError } from "../errors.ts";
import { brief, isFuture } from "../future.ts";
import { defaultHost } from "../host.ts";
import type { AnyGenerator } from "./frame.ts";
import { isOperation } from "./operation.ts";

/**
 * The error for a coroutine that yielded something itself, most often by a forgotten `*`. Its stack shows the
 * line of that `yield`, which only the engine's debugger can tell, so it is asked: here speed is no matter.
 */
export function misuse(yielded: unknown, gen: AnyGenerator): RuntimeError {
  const error = new RuntimeError(`a coroutine must not yield ${brief(yielded)}: ${advice(yielded)}`);
  const place = defaultHost.whereIs(gen);
  if (place !== undefined) {
    const at = `${place.file}:${place.line}:${place.column}`;
    error.stack = `${error.name}: ${error.message}\n    at ${place.fn === "" ? at : `${place.fn} (${at})`}`;
  }
  return error;
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
