import { millisecondsOrNull } from "../checks.ts";
import { TimeoutError } from "../errors.ts";
import type { Future } from "../future.ts";
import { defaultLoop } from "../loop/current.ts";
import type { TimerHandle } from "../loop/handle.ts";
import { Queue } from "../sync/queue.ts";
import { ensureFuture, mustBeList } from "../task/ensure.ts";
import type { Awaitable, Coroutine } from "../types.ts";

/** Options of `asCompleted`. */
export interface AsCompletedOptions {
  /** Milliseconds from the call; for those that are not done by then a TimeoutError is thrown. None is cancelled. */
  readonly timeout?: number | null | undefined;
}

/**
 * Runs awaitables concurrently and gives their outcomes in the order in which they end. Source: asyncio
 * `as_completed`.
 *
 * ```ts
 * for (const next of asCompleted(urls.map(fetchPage))) console.log(yield* next);
 * // → the page of https://pages.example/a
 * // → the page of https://pages.example/b
 * for (const next of asCompleted(urls.map(fetchPage)).tasks()) {
 *   const task = yield* next;              // what was given, or the task made of it; done
 *   console.log(task.done());              // → true
 *   // → true
 * }
 * ```
 */
export function asCompleted<A extends Awaitable<unknown>>(
  awaitables: Iterable<A>,
  options?: AsCompletedOptions,
): AsCompleted<A extends Awaitable<infer T> ? T : never>;
export function asCompleted<T>(awaitables: Iterable<Awaitable<T>>, options?: AsCompletedOptions): AsCompleted<T>;
export function asCompleted(
  awaitables: Iterable<Awaitable<unknown>>,
  options?: AsCompletedOptions,
): AsCompleted<unknown> {
  mustBeList(awaitables, "asCompleted([a, b])");
  const limit = millisecondsOrNull("timeout", options?.timeout ?? null);
  return new AsCompleted(awaitables, limit);
}

/** What `asCompleted` returns: an iterable, once, of awaitables. */
export class AsCompleted<T> implements Iterable<Coroutine<T>> {
  private readonly _finished = new Queue<Future<T> | null>();
  private readonly _todo: Set<Future<T>>;
  private readonly _timer: TimerHandle | null = null;
  /** How many outcomes have not been given out. */
  private _left: number;
  /** Iterations and awaitables given out that have not ended. With none, the futures are not listened to. */
  private _users = 0;
  private _listening = false;
  private readonly _onDone = (future: Future<T>) => this._completed(future);

  constructor(awaitables: Iterable<Awaitable<T>>, timeout: number | null) {
    const loop = defaultLoop("asCompleted()");
    this._todo = new Set([...new Set(awaitables)].map((awaitable) => ensureFuture(awaitable, { loop })));
    this._left = this._todo.size;
    this._listen();
    if (this._left > 0 && timeout !== null) this._timer = loop.callLater(timeout, () => this._timedOut());
  }

  /** How many outcomes it will give in all from here on. */
  get length(): number {
    return this._left;
  }

  [Symbol.iterator](): Generator<Coroutine<T>, void, undefined> {
    return this._each(() => this._nextResult());
  }

  /** Gives for each the future that was passed in, or the task made of the coroutine, when it is done. */
  tasks(): Generator<Coroutine<Future<T>>, void, undefined> {
    return this._each(() => this._nextFuture());
  }

  private *_each<A>(next: () => A): Generator<A, void, undefined> {
    if (this._users++ === 0 && !this._listening) this._listen();
    try {
      while (this._left > 0) {
        this._left--;
        this._users++;
        yield next();
      }
    } finally {
      this._unused();
    }
  }

  private *_nextFuture(): Coroutine<Future<T>> {
    try {
      const future = yield* this._finished.get();
      if (future === null) throw new TimeoutError("asCompleted() ran out of time before all were done");
      return future;
    } finally {
      this._unused();
    }
  }

  private *_nextResult(): Coroutine<T> {
    return (yield* this._nextFuture()).result();
  }

  private _listen(): void {
    this._listening = true;
    for (const future of this._todo) future.addDoneCallback(this._onDone);
  }

  /** A future may live long, and be in many lists that are left early. With a timeout they are left by that, as in asyncio. */
  private _unused(): void {
    if (--this._users > 0 || this._timer !== null) return;
    this._listening = false;
    for (const future of this._todo) future.removeDoneCallback(this._onDone);
  }

  private _completed(future: Future<T>): void {
    if (!this._todo.delete(future)) return;
    this._finished.putNowait(future);
    if (this._todo.size === 0) this._timer?.cancel();
  }

  private _timedOut(): void {
    for (const future of this._todo) {
      future.removeDoneCallback(this._onDone);
      this._finished.putNowait(null);
    }
    this._todo.clear();
  }
}
