import { type Awaitable, type Coroutine, TimeoutError } from "yieldfrom";
import { Fifo } from "./fifo.ts";
import { Future } from "./future.ts";
import { setOfFutures, startTimer, timeoutOf } from "./several.ts";

/** Options of `asCompleted`. */
export interface AsCompletedOptions {
  /** Milliseconds from the call; then TimeoutError is thrown instead of a future. None is cancelled. Default: no limit. */
  readonly timeout?: number | null;
}

/**
 * The futures of executors in the order in which they end:
 *
 * ```ts
 * const futures = names.map((name) => executor.submit(files.size, name));
 * for (const next of asCompleted(futures)) { // in a coroutine
 *   const future = yield* next;
 *   console.log(futures.includes(future), future.done()); // → true true
 *   // → true true
 * }
 * ```
 * ```ts
 * const futures = names.map((name) => executor.submit(files.size, name));
 * let total = 0;
 * for await (const future of asCompleted(futures)) total += future.result(); // in an async function
 * console.log(total); // → 5
 * ```
 *
 * Each is given once and is done; those that are so already come first. Leaving early cancels none.
 *
 * Throws TypeError for what is no future of an executor, RangeError for a bad timeout. Source: concurrent.futures
 * `as_completed`.
 */
export function asCompleted<T>(futures: Iterable<Future<T>>, options: AsCompletedOptions = {}): AsCompleted<T> {
  return new AsCompleted(setOfFutures("asCompleted", futures), timeoutOf("asCompleted", options.timeout));
}

/** What `asCompleted` returns: to be gone through once. */
export class AsCompleted<T>
  implements IterableIterator<Awaitable<Future<T>>, undefined>, AsyncIterable<Future<T>>, Disposable
{
  private readonly _total: number;
  private readonly _timeout: number | null;
  private readonly _pending: Set<Future<T>>;
  private readonly _finished = new Fifo<Future<T>>();
  /** Who waits for the next. In a list, as a Promise would not be resolved with a thenable, but with what that resolves to. */
  private readonly _takers = new Fifo<Future<[Future<T>]>>();
  private readonly _stopTimer: () => void;
  private readonly _onDone = (future: Future<T>) => this._completed(future);
  /** How many have not been asked for. */
  private _left: number;
  private _late: TimeoutError | undefined;

  /** Made by `asCompleted`. */
  constructor(futures: Set<Future<T>>, timeout: number | null) {
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

  /** The next one that is done, as something to wait for with `yield*`. */
  next(): IteratorResult<Awaitable<Future<T>>, undefined> {
    if (this._left === 0) return { done: true, value: undefined };
    this._left--;
    return { done: false, value: this._take() };
  }

  /** Leave: it listens to the others no longer. */
  return(): IteratorResult<Awaitable<Future<T>>, undefined> {
    this._left = 0;
    this._stop();
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }

  [Symbol.asyncIterator](): AsyncIterator<Future<T>, undefined> {
    return {
      next: async () => {
        if (this._left === 0) return { done: true, value: undefined };
        this._left--;
        const [value] = await this._nextDone();
        return { done: false, value };
      },
      return: async () => ({ done: true, value: this.return().value as undefined }),
    };
  }

  [Symbol.dispose](): void {
    this.return();
  }

  private *_take(): Coroutine<Future<T>> {
    const [future] = yield* this._nextDone();
    return future;
  }

  private _nextDone(): Future<[Future<T>]> {
    const next = new Future<[Future<T>]>("the next of asCompleted()");
    const future = this._finished.shift();
    if (future !== undefined) next.setResult([future]);
    else if (this._late !== undefined) next.setException(this._late);
    else {
      const ticket = this._takers.push(next);
      next.addDoneCallback(() => this._takers.remove(ticket));
    }
    return next;
  }

  private _completed(future: Future<T>): void {
    this._pending.delete(future);
    if (this._pending.size === 0) this._stopTimer();
    const taker = this._takers.shift();
    if (taker === undefined) this._finished.push(future);
    else taker.setResult([future]);
  }

  private _timedOut(): void {
    const text = `${this._pending.size} of ${this._total} futures were not done ${this._timeout} ms after asCompleted()`;
    this._late = new TimeoutError(`${text} was called.`);
    this._stop();
    for (let taker = this._takers.shift(); taker !== undefined; taker = this._takers.shift()) {
      taker.setException(this._late);
    }
  }

  private _stop(): void {
    this._stopTimer();
    for (const future of this._pending) future._removeDoneCallback(this._onDone);
  }
}
