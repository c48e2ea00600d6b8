import type { Awaitable, Coroutine } from "yieldfrom";

/** What awaiting `awaitable` throws. */
export function* failureOf(awaitable: Awaitable<unknown>): Coroutine<unknown> {
  let result: unknown;
  try {
    result = yield* awaitable;
  } catch (error) {
    return error;
  }
  throw new Error(`expected an error, got ${String(result)}`);
}
