/** What `wait` and `asCompleted` have in common. */
import { inspect } from "node:util";
import { Future } from "./future.ts";

/** setTimeout takes no more: about 25 days. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** The futures, each once. */
export function setOfFutures<F extends Future<unknown>>(asked: string, futures: Iterable<F>): Set<F> {
  if (
    typeof (futures as Partial<Iterable<F>> | undefined)?.[Symbol.iterator] !== "function" ||
    futures instanceof Future
  ) {
    throw new TypeError(`Expected a list of futures for ${asked}(), got ${inspect(futures)}. Write ${asked}([a, b]).`);
  }
  const all = new Set(futures);
  for (const future of all) {
    if (future instanceof Future) continue;
    throw new TypeError(
      `${asked}() of @yieldfrom/executors takes futures of executors, got ${inspect(future)}. For tasks and the futures of a ` +
        `loop, runInExecutor()'s among them, import ${asked} from "yieldfrom".`,
    );
  }
  return all;
}

/** The milliseconds, null for no limit. */
export function timeoutOf(asked: string, timeout: unknown = null): number | null {
  if (timeout === null || (typeof timeout === "number" && !Number.isNaN(timeout))) return timeout;
  throw new RangeError(`Expected \`timeout\` of ${asked}() to be milliseconds, got ${inspect(timeout)}.`);
}

/** Call `fn` after `timeout` milliseconds; the returned function takes that back. */
export function startTimer(timeout: number | null, fn: () => void): () => void {
  if (timeout === null || timeout === Number.POSITIVE_INFINITY) return () => {};
  const timer = setTimeout(fn, Math.min(Math.max(timeout, 0), LONGEST_TIMER));
  return () => clearTimeout(timer);
}
