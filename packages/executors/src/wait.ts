import { inspect } from "node:util";
import { ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, type ReturnWhen } from "yieldfrom";
import { Future } from "./future.ts";
import { setOfFutures, startTimer, timeoutOf } from "./several.ts";

/** Options of `wait`. */
export interface WaitOptions {
  /** Milliseconds after which it gives what is done by then; nothing is cancelled. Default: no limit. */
  readonly timeout?: number | null;
  /** FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED, of yieldfrom. Default ALL_COMPLETED. */
  readonly returnWhen?: ReturnWhen;
}

/** What `wait` gives. */
export interface DoneAndNotDone<F> {
  readonly done: Set<F>;
  readonly notDone: Set<F>;
}

/**
 * Wait for the futures of executors, any or all. It cancels none and throws none of their errors.
 *
 * ```ts
 * const futures = names.map((name) => executor.submit(files.size, name));
 * const { done, notDone } = await wait(futures, { returnWhen: FIRST_COMPLETED }); // in a coroutine: yield* wait(…)
 * console.log(done.size + notDone.size); // → 2
 * ```
 *
 * Throws TypeError for what is no future of an executor (for tasks there is the `wait` of yieldfrom), RangeError for bad
 * options. Of no futures it gives two empty sets. Source: concurrent.futures `wait`.
 */
export function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: WaitOptions = {},
): Future<DoneAndNotDone<F>> {
  const { returnWhen = ALL_COMPLETED } = options;
  if (returnWhen !== FIRST_COMPLETED && returnWhen !== FIRST_EXCEPTION && returnWhen !== ALL_COMPLETED) {
    throw new RangeError(
      `Expected \`returnWhen\` to be FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED, got ${inspect(returnWhen)}.`,
    );
  }
  const timeout = timeoutOf("wait", options.timeout);
  const all = setOfFutures("wait", futures);
  const waiting = new Future<DoneAndNotDone<F>>(`wait() for ${all.size} futures`);
  const enough = (future: F) => returnWhen === FIRST_COMPLETED || (returnWhen === FIRST_EXCEPTION && future._failed());
  let left = 0;
  const onDone = (future: Future<unknown>) => {
    left--;
    if (left === 0 || enough(future as F)) settle();
  };
  const settle = () => {
    if (waiting.done()) return;
    const done = new Set([...all].filter((future) => future.done()));
    waiting.setResult({ done, notDone: all.difference(done) });
  };
  const pending = [...all].filter((future) => !future.done());
  left = pending.length;
  if (left === 0 || [...all].some((future) => future.done() && enough(future))) {
    settle();
    return waiting;
  }
  for (const future of pending) future.addDoneCallback(onDone);
  const stopTimer = startTimer(timeout, settle);
  // Also when whoever waits is cancelled: the futures may live long, and be waited for often.
  waiting.addDoneCallback(() => {
    stopTimer();
    for (const future of pending) future._removeDoneCallback(onDone);
  });
  return waiting;
}
