import type { Suspension } from "../types.ts";

/**
 * How a coroutine tells its task why it suspends. Known to three parties only: what stands behind `yield*`
 * (Future, `sleep(0)`, `coroutine()`), and `step.ts`, which reads it.
 *
 * `yield*` hands through what the inner iterator yields, at any depth, so that is the message: one shared, frozen
 * object a reason, and nothing is allocated by waiting. It is the iterator's result and, in that, the value as well,
 * since JavaScriptCore makes a new result at each level where the language wants the same. What must be said besides
 * lies in the running task or in `baton`, which are read at once by who made the resumption, before any other code can run.
 * For the same reason one shared object can carry every result out of an awaitable (`done`).
 */
type Signal = IteratorYieldResult<Suspension>;

/** Suspended until the future is done that was put into the running task's `_awaiting`, and among whose waiters it lies. */
export const PARKED: Signal = signal();
/** The same, but that it is yet to be put among the waiters, if it may. */
export const AWAITED: Signal = signal();
/** Gave way for one iteration of the loop. */
export const YIELDED: Signal = signal();
/** A `coroutine()` too deep in the native stack asks to be run from the bottom of it: `baton.callee`. */
export const CALLED: Signal = signal();

/** @see suspend.ts's head. */
export const baton: {
  callee: Generator<Suspension, unknown, unknown> | null;
  /** Set by `step` when it resumes a task that had given way, so that the stateless `sleep(0)` knows its second call. */
  resumed: boolean;
} = { callee: null, resumed: false };

const result: IteratorReturnResult<unknown> = { done: true, value: undefined };

/** The iterator result that ends an awaitable with `value`. To be returned at once: the next call reuses it. */
export function done<T>(value: T): IteratorReturnResult<T> {
  result.value = value;
  return result as IteratorReturnResult<T>;
}

function signal(): Signal {
  const made: { done: false; value: unknown } = { done: false, value: undefined };
  made.value = made;
  return Object.freeze(made) as Signal;
}
