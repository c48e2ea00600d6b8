import { millisecondsOrNull } from "../checks.ts";
import { CancelledError, TimeoutError } from "../errors.ts";
import { type Future, release } from "../future.ts";
import { cancelFor, Reason } from "../reason.ts";
import { timeout } from "../scope/timeout.ts";
import { Joining, onBehalfOf } from "../task/awaiters.ts";
import { coroutine } from "../task/coroutine.ts";
import { currentTask } from "../task/create.ts";
import { ensureFuture, mustBeAwaitable } from "../task/ensure.ts";
import type { Awaitable, Coroutine } from "../types.ts";

/**
 * Waits for an awaitable for `ms` milliseconds at most, in the calling task; then cancels it and throws. With 0 or
 * less it gives the result if it is there, else cancels at once and waits for the end of that.
 * Source: asyncio `wait_for`.
 * @param ms `null` for no limit
 * @throws TimeoutError
 */
export function waitFor<T>(awaitable: Awaitable<T>, ms: number | null): Coroutine<T> {
  return waitForIt(awaitable, ms) as Coroutine<T>;
}

const waitForIt = /* @__PURE__ */ coroutine(function* waitFor(
  awaitable: Awaitable<unknown>,
  ms: number | null,
): Coroutine<unknown> {
  millisecondsOrNull("ms", ms);
  if (ms === null || ms > 0) {
    mustBeAwaitable(awaitable, " to wait for");
    return yield* timeout(ms, () => awaitable);
  }
  const future = ensureFuture(awaitable);
  if (future.done()) return future.result();
  yield* cancelAndWait(future, ms);
  try {
    return future.result();
  } catch (error) {
    if (error instanceof CancelledError) throw new TimeoutError(`not done within ${ms} ms`, { cause: error });
    throw error;
  }
});

/** Not `yield* future`, which could not tell the future's cancellation from one of the waiting task. */
function* cancelAndWait(future: Future<unknown>, ms: number): Coroutine<void> {
  const waiter = new Joining<void>(future._loop, [future]);
  const onDone = onBehalfOf(currentTask(), () => release(waiter));
  future.addDoneCallback(onDone);
  try {
    cancelFor(new Reason(() => `timeout of ${ms} ms`), future);
    yield* waiter;
  } finally {
    future.removeDoneCallback(onDone);
  }
}
