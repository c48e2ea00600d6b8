import { ExceptionGroup } from "../exception-group.ts";
import { coroutine } from "../task/coroutine.ts";
import type { Awaitable, Coroutine } from "../types.ts";
import { Contest } from "./contest.ts";

/**
 * Runs awaitables concurrently and gives the first result. Those that fail before that are passed over, as in
 * `Promise.any`; those that are not done by then are cancelled and **waited for** before it returns, futures and tasks
 * that were given included (`shield` one that is to go on).
 *
 * ```ts
 * const page = yield* any(mirrors.map((mirror) => fetchPage(mirror)));
 * ```
 * A result that comes too late is dropped, an error that comes too late goes to the loop's exception handler.
 * Cancelling the caller cancels all, and waits for them; then all their errors go there.
 * @throws ExceptionGroup of all errors, in the order of the list, if there is no result; a cancelled one counts as
 *   failed; RangeError for an empty list
 */
export function any<A extends Awaitable<unknown>>(
  awaitables: Iterable<A>,
): Coroutine<A extends Awaitable<infer T> ? T : never>;
export function any<T>(awaitables: Iterable<Awaitable<T>>): Coroutine<T>;
export function any(awaitables: Iterable<Awaitable<unknown>>): Coroutine<unknown> {
  return firstResultOf(awaitables);
}

const firstResultOf = /* @__PURE__ */ coroutine(function* any(
  awaitables: Iterable<Awaitable<unknown>>,
): Coroutine<unknown> {
  const contest = new Contest("any", awaitables, (future) => !future.cancelled() && future.exception() === null);
  const winner = yield* contest.run();
  if (winner !== null) return winner.result();
  const errors = contest.futures.map((future) => future._error("any"));
  throw new ExceptionGroup("none of any() has a result", errors);
});
