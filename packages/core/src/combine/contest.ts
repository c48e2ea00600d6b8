import { CancelledError } from "../errors.ts";
import { type Future, release } from "../future.ts";
import { getRunningLoop } from "../loop/current.ts";
import { cancelFor, Reason } from "../reason.ts";
import { Joining, onBehalfOf } from "../task/awaiters.ts";
import { currentTask } from "../task/create.ts";
import { ensureFuture, mustBeAwaitable, mustBeList } from "../task/ensure.ts";
import type { Awaitable, Coroutine } from "../types.ts";

/**
 * What `race` and `any` have in common: awaitables run concurrently until one of them decides, and nothing of them is
 * left when it is over.
 *
 * C1. They are looked at in the order in which they ended.
 * C2. When it is decided, or the caller is cancelled, those that have not ended are cancelled, once, and waited for, however
 *     often the caller is cancelled meanwhile; that is thrown afterwards.
 * C3. An error that the caller is not told of goes to the loop's exception handler; a CancelledError is none.
 */
export class Contest {
  /** In the order of the list, without repetitions. */
  readonly futures: readonly Future<unknown>[];
  private readonly _name: string;
  private readonly _pending: Set<Future<unknown>>;
  private readonly _ended: Future<unknown>[] = [];
  private readonly _decides: (future: Future<unknown>) => boolean;
  private readonly _decision: Future<void>;
  private _winner: Future<unknown> | null = null;
  private _allEnded: Future<void> | null = null;

  /**
   * @param decides whether a future that is done decides it
   * @throws RangeError for an empty list; TypeError if one of them is no awaitable; then none of them was started
   */
  constructor(name: string, awaitables: Iterable<Awaitable<unknown>>, decides: (future: Future<unknown>) => boolean) {
    this._name = name;
    this._decides = decides;
    const loop = getRunningLoop();
    this.futures = futuresOf(name, awaitables);
    this._pending = new Set(this.futures);
    this._decision = new Joining<void>(loop, this._pending);
    const onDone = onBehalfOf(currentTask(), (future: Future<unknown>) => this._end(future));
    for (const future of this.futures) future.addDoneCallback(onDone);
  }

  /** Waits for the decision, and until all have ended. Gives who decided; `null`: none did. */
  *run(): Coroutine<Future<unknown> | null> {
    let cancellation: CancelledError | null = null;
    try {
      yield* this._decision;
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
      cancellation = error;
    }
    const reason =
      cancellation === null
        ? new Reason(`${this._name}(), which was decided by another one`)
        : new Reason(`${this._name}(), whose caller was cancelled`, cancellation._reason);
    for (const future of this._pending) cancelFor(reason, future);
    while (this._pending.size > 0) {
      this._allEnded = new Joining<void>(getRunningLoop(), this._pending);
      try {
        yield* this._allEnded;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        cancellation ??= error;
      }
    }
    this._report(cancellation === null);
    if (cancellation !== null) throw cancellation;
    return this._winner;
  }

  private _end(future: Future<unknown>): void {
    this._pending.delete(future);
    this._ended.push(future);
    if (this._winner === null && this._decides(future)) this._winner = future;
    if (this._winner !== null || this._pending.size === 0) release(this._decision);
    if (this._pending.size === 0 && this._allEnded !== null) release(this._allEnded);
  }

  /** C3. @param told whether the caller is told of the outcome */
  private _report(told: boolean): void {
    // Who ended before the decision was a part of it.
    const from = !told ? 0 : this._winner === null ? this._ended.length : this._ended.indexOf(this._winner) + 1;
    for (const future of this._ended.slice(from)) {
      if (future.cancelled()) continue;
      const exception = future.exception();
      if (exception === null || exception instanceof CancelledError) continue;
      const message = `exception in an awaitable whose outcome ${this._name}() did not need`;
      future._loop.callExceptionHandler({ message, exception, future });
    }
  }
}

/** All are checked before any is started. */
function futuresOf(name: string, awaitables: Iterable<Awaitable<unknown>>): Future<unknown>[] {
  mustBeList(awaitables, `${name}([a, b])`);
  const different = [...new Set(awaitables)];
  if (different.length === 0) {
    throw new RangeError(`${name}() of no awaitables would never be decided; check that the list is not empty`);
  }
  for (const awaitable of different) mustBeAwaitable(awaitable, ` in the list of ${name}()`);
  const loop = getRunningLoop();
  const futures: Future<unknown>[] = [];
  try {
    for (const awaitable of different) futures.push(ensureFuture(awaitable, { loop }));
  } catch (error) {
    // Of another loop, or awaited already.
    for (const future of futures) if (!different.includes(future)) future.cancel();
    throw error;
  }
  return futures;
}
