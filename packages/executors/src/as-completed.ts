import { TimeoutError } from "yieldfrom";
import { Fifo } from "./fifo.ts";
import { Future, settleAs } from "./future.ts";
import { setOfFutures, startTimer, timeoutOf } from "./several.ts";

/** Options of `asCompleted`. */
export interface AsCompletedOptions {
  /**
   * Milliseconds from the call; those that are not done by then fail with TimeoutError. None is cancelled. Default: no
   * limit.
   */
  readonly timeout?: number | null;
}

/**
 * The outcomes of executors' futures in the order in which they end:
 *
 * ```ts
 * const futures = names.map((name) => executor.submit(files.size, name));
 * let total = 0;
 * for (const next of asCompleted(futures)) total += yield* next; // in a coroutine
 * console.log(total); // → 5
 * ```
 * ```ts
 * const futures = names.map((name) => executor.submit(files.size, name));
 * let total = 0;
 * for await (const size of asCompleted(futures)) total += size; // in an async function
 * for await (const [future] of asCompleted(futures).futures()) console.log(futures.includes(future)); // → true
 * // → true
 * console.log(total); // → 5
 * ```
 *
 * Each is given once; those that are done already come first. Leaving early cancels none.
 *
 * Throws TypeError for what is no future of an executor (for tasks there is the `asCompleted` of yieldfrom), RangeError for
 * a bad timeout. Source: concurrent.futures `as_completed`, which gives the futures, as `futures()` does here.
 */
export function asCompleted<T>(futures: Iterable<Future<T>>, options: AsCompletedOptions = {}): AsCompleted<T> {
  return new AsCompleted(setOfFutures("asCompleted", futures), timeoutOf("asCompleted", options.timeout));
}

/**
 * Futures in the order in which they end, to be gone through once. Plain iteration gives something to wait for, for
 * `yield*` or `await`, asynchronous iteration what is waited for.
 */
export class Completions<T, G> implements IterableIterator<Future<G>, undefined>, AsyncIterable<G>, Disposable {
  private readonly _give: (taker: Future<G>, done: Future<T>) => void;
  private readonly _total: number;
  private readonly _timeout: number | null;
  private readonly _pending: Set<Future<T>>;
  private readonly _finished = new Fifo<Future<T>>();
  private readonly _takers = new Fifo<Future<G>>();
  private readonly _stopTimer: () => void;
  private readonly _onDone = (future: Future<T>) => this._completed(future);
  /** How many have not been asked for. */
  private _left: number;
  private _late = false;

  /** Made by `asCompleted`. */
  constructor(
    futures: ReadonlySet<Future<T>>,
    timeout: number | null,
    give: (taker: Future<G>, done: Future<T>) => void,
  ) {
    this._give = give;
    this._total = futures.size;
    this._left = futures.size;
    this._timeout = timeout;
    this._pending = new Set(futures);
    this._stopTimer = startTimer(futures.size === 0 ? null : timeout, () => this._timedOut());
    for (const future of futures) future.addDoneCallback(this._onDone);
  }

  /** How many it will give from here on. */
  get length(): number {
    return this._left;
  }

  /** The next one that ends. */
  next(): IteratorResult<Future<G>, undefined> {
    if (this._left === 0) return { done: true, value: undefined };
    this._left--;
    const taker = new Future<G>("the next of asCompleted()");
    const future = this._finished.shift();
    if (future !== undefined) this._give(taker, future);
    else if (this._late) taker.setException(this._lateError());
    else {
      const ticket = this._takers.push(taker);
      // Its turn goes to another when whoever waits for it is cancelled.
      taker.addDoneCallback(() => this._takers.remove(ticket));
    }
    return { done: false, value: taker };
  }

  /** Leave: it listens to the others no longer. What was asked for and is not there is cancelled, or would be waited for for ever. */
  return(): IteratorResult<Future<G>, undefined> {
    this._left = 0;
    this._stop();
    for (const taker of this._takers.snapshot()) taker.cancel();
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<G, void, void> {
    for (const next of this) yield await next;
  }

  [Symbol.dispose](): void {
    this.return();
  }

  private _completed(future: Future<T>): void {
    this._pending.delete(future);
    if (this._pending.size === 0) this._stopTimer();
    const taker = this._takers.shift();
    if (taker === undefined) this._finished.push(future);
    else this._give(taker, future);
  }

  private _timedOut(): void {
    this._late = true;
    this._stop();
    for (let taker = this._takers.shift(); taker !== undefined; taker = this._takers.shift()) {
      taker.setException(this._lateError());
    }
  }

  private _lateError(): TimeoutError {
    const text = `${this._pending.size} of ${this._total} futures were not done ${this._timeout} ms after asCompleted()`;
    return new TimeoutError(`${text} was called.`);
  }

  private _stop(): void {
    this._stopTimer();
    for (const future of this._pending) future._removeDoneCallback(this._onDone);
  }
}

/** What `asCompleted` returns: the results. */
export class AsCompleted<T> extends Completions<T, T> {
  private readonly _all: ReadonlySet<Future<T>>;
  private readonly _deadline: number | null;

  /** Made by `asCompleted`. */
  constructor(futures: ReadonlySet<Future<T>>, timeout: number | null) {
    super(futures, timeout, settleAs);
    this._all = futures;
    this._deadline = timeout === null ? null : performance.now() + timeout;
  }

  /**
   * The futures themselves instead, when they are done, each in a list of one: what is waited for goes on to the
   * result of a future that stands alone. `const [future] = yield* next` or `for await (const [future] of …)`.
   */
  futures(): Completions<T, readonly [Future<T>]> {
    this.return();
    const timeout = this._deadline === null ? null : Math.max(0, this._deadline - performance.now());
    return new Completions<T, readonly [Future<T>]>(this._all, timeout, (taker, done) => taker.setResult([done]));
  }
}
