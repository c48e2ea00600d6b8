import { coroutine } from "../task/coroutine.ts";
import type { Awaitable, Coroutine } from "../types.ts";
import { Contest } from "./contest.ts";

/**
 * Runs awaitables concurrently and gives the outcome of the one that is done first: its result, or throws its error. The
 * others are cancelled and **waited for** before it returns, futures and tasks that were given included (`shield` one
 * that is to go on); so nothing of them is left. Of several that are done in the same iteration the one that was done
 * first counts.
 *
 * ```ts
 * const page = yield* race([fetchPage(mirror), sleep(500, null)]);
 * ```
 * A result that comes too late is dropped: two `queue.get()`s in a race may lose an item. An error that comes too
 * late goes to the loop's exception handler. Cancelling the caller cancels all, and waits for them.
 * @throws RangeError for an empty list; CancelledError if the first one was cancelled
 */
export function race<A extends Awaitable<unknown>>(
  awaitables: Iterable<A>,
): Coroutine<A extends Awaitable<infer T> ? T : never>;
export function race<T>(awaitables: Iterable<Awaitable<T>>): Coroutine<T>;
export function race(awaitables: Iterable<Awaitable<unknown>>): Coroutine<unknown> {
  return firstOf(awaitables);
}

const firstOf = /* @__PURE__ */ coroutine(function* race(awaitables: Iterable<Awaitable<unknown>>): Coroutine<unknown> {
  const winner = yield* new Contest("race", awaitables, () => true).run();
  return winner?.result();
});
