import { millisecondsOrNull } from "../checks.ts";
import { FINISHED, type Future, isFuture, release } from "../future.ts";
import { current, EMPTY, getRunningLoop, NOBODY } from "../loop/current.ts";
import { Handle, type Runnable } from "../loop/handle.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { Joining } from "../task/awaiters.ts";
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
  const waiting = new Waiting(loop, all, returnWhen);
  const timer = limit === null ? undefined : loop.callLater(limit, release, waiting);
  try {
    yield* waiting;
  } finally {
    timer?.cancel();
    waiting._leave();
  }
  const pending = new Set<Future<unknown>>();
  for (const future of all) if (!future.done()) pending.add(future);
  // It is nobody else's.
  for (const future of pending) all.delete(future);
  return [all, pending];
});

/** Done when enough is known of the others. It lies among their waiters, as a gather does. */
class Waiting extends Joining<void> implements Runnable {
  /** The task that waits. */
  readonly _awaiter: Future<unknown> | null = currentTask();
  private readonly _all: ReadonlySet<Future<unknown>>;
  private readonly _returnWhen: ReturnWhen;
  private _left: number;

  constructor(loop: EventLoop, all: ReadonlySet<Future<unknown>>, returnWhen: ReturnWhen) {
    super(loop, all);
    this._all = all;
    this._returnWhen = returnWhen;
    this._left = all.size;
    for (const future of all) {
      if (!future.done()) future._addWaiter(this);
      else future._loop._enqueue(future._state === FINISHED ? this : this._forFailed(future));
    }
  }

  _run(): void {
    current.running = NOBODY;
    this._oneIsDone(this._returnWhen === FIRST_COMPLETED);
  }

  _forFailed(future: Future<unknown>): Runnable {
    if (this._returnWhen !== FIRST_EXCEPTION) return this;
    return new Handle(() => this._oneFailed(future), [], future._loop, EMPTY, null);
  }

  _leave(): void {
    for (const future of this._all) if (!future.done()) future._removeWaiter(this);
  }

  private _oneFailed(future: Future<unknown>): void {
    const isException = this._returnWhen === FIRST_EXCEPTION && !future.cancelled() && future.exception() !== null;
    this._oneIsDone(isException || this._returnWhen === FIRST_COMPLETED);
  }

  private _oneIsDone(enough: boolean): void {
    this._left--;
    if (enough || this._left === 0) release(this);
  }
}

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
