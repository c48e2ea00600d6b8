import { millisecondsOrNull } from "../checks.ts";
import { type Future, isFuture, release } from "../future.ts";
import { getRunningLoop } from "../loop/current.ts";
import type { TimerHandle } from "../loop/handle.ts";
import { Joining, onBehalfOf } from "../task/awaiters.ts";
import { coroutine } from "../task/coroutine.ts";
import { currentTask } from "../task/create.ts";
import { mustBeList } from "../task/ensure.ts";
import type { Coroutine } from "../types.ts";

/** `wait` returns when any future is done. */
export const FIRST_COMPLETED = "FIRST_COMPLETED";
/** `wait` returns when any future has failed, or all are done. A cancelled one has not failed. */
export const FIRST_EXCEPTION = "FIRST_EXCEPTION";
/** `wait` returns when all are done. */
export const ALL_COMPLETED = "ALL_COMPLETED";
/** When `wait` returns. */
export type ReturnWhen = typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED;

/** Options of `wait`. */
export interface WaitOptions {
  /** Milliseconds after which it returns with what is done by then; nothing is cancelled, nothing thrown. */
  readonly timeout?: number | null | undefined;
  /** `ALL_COMPLETED` by default. */
  readonly returnWhen?: ReturnWhen | undefined;
}

/**
 * Waits for futures and tasks, and gives two sets: those that are done and those still pending. It never cancels
 * any and never throws their errors. Source: asyncio `wait`.
 * @throws TypeError for a coroutine among them (make tasks first); RangeError for none or an unknown `returnWhen`
 */
export function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options?: WaitOptions,
): Coroutine<[done: Set<F>, pending: Set<F>]> {
  return waitFor(futures, options) as Coroutine<[done: Set<F>, pending: Set<F>]>;
}

const waitFor = /* @__PURE__ */ coroutine(function* wait(
  futures: Iterable<Future<unknown>>,
  options: WaitOptions | undefined,
): Coroutine<[done: Set<Future<unknown>>, pending: Set<Future<unknown>>]> {
  const returnWhen = options?.returnWhen ?? ALL_COMPLETED;
  if (returnWhen !== FIRST_COMPLETED && returnWhen !== FIRST_EXCEPTION && returnWhen !== ALL_COMPLETED) {
    throw new RangeError(
      `Expected \`returnWhen\` to be FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED, got ${returnWhen}`,
    );
  }
  const limit = millisecondsOrNull("timeout", options?.timeout ?? null);
  const all = setOfFutures(futures);
  const loop = getRunningLoop();
  const waiter = new Joining<void>(loop, all);
  let timer: TimerHandle | undefined;
  if (limit !== null) timer = loop.callLater(limit, release, waiter);
  let left = all.size;
  const onDone = onBehalfOf(currentTask(), (future: Future<unknown>) => {
    left--;
    const enough =
      left <= 0 ||
      returnWhen === FIRST_COMPLETED ||
      (returnWhen === FIRST_EXCEPTION && !future.cancelled() && future.exception() !== null);
    if (!enough) return;
    timer?.cancel();
    release(waiter);
  });
  for (const future of all) future.addDoneCallback(onDone);
  try {
    yield* waiter;
  } finally {
    timer?.cancel();
    for (const future of all) future.removeDoneCallback(onDone);
  }
  const done = new Set<Future<unknown>>();
  const pending = new Set<Future<unknown>>();
  for (const future of all) (future.done() ? done : pending).add(future);
  return [done, pending];
});

function setOfFutures(futures: Iterable<Future<unknown>>): Set<Future<unknown>> {
  mustBeList(futures, "wait([a, b])");
  const all = new Set(futures);
  if (all.size === 0) throw new RangeError("wait() of no futures would never return; check that the list is not empty");
  for (const future of all) {
    if (!isFuture(future)) {
      throw new TypeError("wait() takes futures and tasks, not coroutines: write createTask(coroutine) for each first");
    }
  }
  return all;
}
