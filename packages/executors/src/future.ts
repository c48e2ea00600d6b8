/**
 * concurrent.futures' Future: the outcome of a job that runs elsewhere. It belongs to no event loop, and its
 * callbacks run at once, in whatever settles it; asyncio's Future (in core) is the one that belongs to a loop.
 */
import { inspect } from "node:util";
import {
  type Awaitable,
  CancelledError,
  type ExecutorFuture,
  InvalidStateError,
  RuntimeError,
  type Suspension,
  wrapFuture,
} from "yieldfrom";
import { errorTaken, watchError } from "./lost-error.ts";

/**
 * Where a job stands. `PENDING`: in the queue. `RUNNING`: given to a worker. `CANCELLED`: cancelled, and its executor
 * does not know yet. `CANCELLED_AND_NOTIFIED`: cancelled, and it does. `FINISHED`: it has a result or an error.
 * Source: concurrent.futures.
 */
export type FutureState = "PENDING" | "RUNNING" | "CANCELLED" | "CANCELLED_AND_NOTIFIED" | "FINISHED";

type DoneCallback<T> = (future: Future<T>) => void;

/** How to abort a job. */
export interface AbortOptions {
  /**
   * Milliseconds that a running job has to end, once its `jobSignal()` is aborted; then its worker is ended, and replaced.
   * 0: at once; Infinity: it is only told. Default: the pool's `cancelGrace`, or 1000 if it has none.
   */
  readonly grace?: number;
}

/** What a Future asks of the executor that made it. */
export interface JobOwner {
  /** It was cancelled before it started. */
  cancelled(): void;
  /**
   * It is to be cancelled while it runs. `grace` is undefined for `cancel()`, null for `abort()` without one. Returns
   * whether the executor has given the job up: its outcome, if one comes, is then dropped.
   */
  stop(future: Future<unknown>, grace: number | null | undefined): boolean;
}

/**
 * The outcome of a submitted job. Executors make it; wait for it with `await future` in an async function or
 * `yield* future` in a coroutine (which then calls `cancel()`, if it is cancelled itself while it waits).
 * Source: concurrent.futures `Future`.
 */
export class Future<T> implements PromiseLike<T>, Awaitable<T>, ExecutorFuture<T> {
  /** What the messages call it; an executor gives the name of the function. */
  readonly name: string;
  private _state: FutureState = "PENDING";
  /** Of `never`, or a Future of one thing would be no Future of more. */
  private _callbacks: DoneCallback<never>[] | undefined;
  private readonly _owner: JobOwner | undefined;
  private _result: T | undefined;
  private _exception: unknown = null;

  /** `owner` is for executors: who is told when the job is to be cancelled. */
  constructor(name = "", owner?: JobOwner) {
    this.name = name;
    this._owner = owner;
  }

  /** Where the job stands. */
  get state(): FutureState {
    return this._state;
  }

  /**
   * Cancel the job if it has not started, or, in a pool that was made with `cancelGrace`, also if it runs: then this future
   * is cancelled at once, and the job is told by its `jobSignal()`. To cancel a running job in any pool, write `abort()`.
   *
   * Returns false when it has finished, or runs and can't be cancelled (it then goes on undisturbed), true when it is
   * cancelled, also when it was before. Source: concurrent.futures `Future.cancel`.
   */
  cancel(): boolean {
    return this._cancel(undefined);
  }

  /**
   * Cancel the job, also if it runs. This future is cancelled at once: whoever waits for it gets a CancelledError. The
   * job's `jobSignal()` is aborted, and if it has not ended by itself `grace` milliseconds later, its worker is ended and
   * replaced. What it still returns or throws is dropped. Called again, it counts anew from then, with its own `grace`.
   *
   * Returns false when it has finished, or its executor can't abort; true when it is cancelled, also when it was before.
   * No counterpart in concurrent.futures, whose threads can't be stopped.
   */
  abort(options: AbortOptions = {}): boolean {
    const { grace = null } = options;
    if (grace !== null && !(typeof grace === "number" && grace >= 0)) {
      throw new RangeError(`Expected \`grace\` of abort() to be milliseconds, 0 or more, got ${inspect(grace)}.`);
    }
    return this._cancel(grace);
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this._state === "CANCELLED" || this._state === "CANCELLED_AND_NOTIFIED";
  }

  /** Whether a worker has it. */
  running(): boolean {
    return this._state === "RUNNING";
  }

  /** Whether it has finished or was cancelled. */
  done(): boolean {
    return this._state !== "PENDING" && this._state !== "RUNNING";
  }

  /**
   * What the job returned; throws what the job threw. Does not wait (JavaScript can't block): to wait, write
   * `await future` or `yield* future`.
   *
   * Throws InvalidStateError while the job is not done, CancelledError if it was cancelled.
   */
  result(): T {
    this._mustBeDone("result");
    if (this._exception === null) return this._result as T;
    errorTaken(this);
    throw this._exception;
  }

  /**
   * What the job threw, null if it returned. Does not wait.
   *
   * Throws InvalidStateError while the job is not done, CancelledError if it was cancelled.
   */
  exception(): unknown {
    this._mustBeDone("exception");
    if (this._exception !== null) errorTaken(this);
    return this._exception;
  }

  /**
   * Call `fn(future)` as soon as the job is done: in the step that settles it, or right now if it is done already.
   * Callbacks run in the order they were added; an error thrown by one is printed and stops none of the others.
   * Source: concurrent.futures `Future.add_done_callback`.
   */
  addDoneCallback(fn: DoneCallback<T>): void {
    if (this.done()) this._call(fn);
    else if (this._callbacks === undefined) this._callbacks = [fn];
    else this._callbacks.push(fn);
  }

  /** @internal Takes that back, for those who stop waiting. */
  _removeDoneCallback(fn: DoneCallback<T>): void {
    this._callbacks = this._callbacks?.filter((known) => known !== fn);
  }

  /** @internal Whether it has an error. To ask does not count as having taken it. */
  _failed(): boolean {
    return this._exception !== null;
  }

  /** For `await future`: a Promise's `then`, rejecting with CancelledError if the job was cancelled. */
  // biome-ignore lint/suspicious/noThenProperty: this is what makes it awaitable
  then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    const promise = new Promise<T>((resolve, reject) => {
      this.addDoneCallback(() => {
        try {
          resolve(this.result());
        } catch (error) {
          reject(error);
        }
      });
    });
    return promise.then(onFulfilled, onRejected);
  }

  /** For `yield* future` in a coroutine: waits on the running loop, as `wrapFuture(future)` does. */
  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return wrapFuture(this)[Symbol.iterator]();
  }

  /**
   * For executors, before they start the job: marks it as running, or, when it was cancelled, as cancelled with the
   * executor's knowledge. Returns whether to run it.
   *
   * Throws RuntimeError when the job was started already. Source: `set_running_or_notify_cancel`.
   */
  setRunningOrNotifyCancel(): boolean {
    if (this._state === "CANCELLED") {
      this._state = "CANCELLED_AND_NOTIFIED";
      return false;
    }
    if (this._state !== "PENDING") {
      const advice = "An executor calls setRunningOrNotifyCancel() once for each job, before it starts it.";
      throw new RuntimeError(`${inspect(this)} can't be started: its state is ${this._state}. ${advice}`);
    }
    this._state = "RUNNING";
    return true;
  }

  /** For executors: the job returned `result`. Throws InvalidStateError when the job is done already. */
  setResult(result: T): void {
    this._mustNotBeDone("setResult");
    this._result = result;
    this._settle("FINISHED");
  }

  /**
   * For executors: the job threw `exception`.
   *
   * Throws InvalidStateError when the job is done already, TypeError for null and undefined: `exception()` answers
   * null when there is none.
   */
  setException(exception: NonNullable<unknown>): void {
    this._mustNotBeDone("setException");
    if (exception === null || exception === undefined) {
      throw new TypeError(`Expected \`exception\` of ${inspect(this)} to be an error, got ${exception}.`);
    }
    this._exception = exception;
    watchError(this, this.name, exception);
    this._settle("FINISHED");
  }

  [inspect.custom](): string {
    return `<Future ${this._state.toLowerCase()}${this.name === "" ? "" : ` name='${this.name}'`}>`;
  }

  private _cancel(grace: number | null | undefined): boolean {
    if (this._state === "PENDING") {
      // An executor that isn't told finds out in setRunningOrNotifyCancel().
      this._settle(this._owner === undefined ? "CANCELLED" : "CANCELLED_AND_NOTIFIED", this._owner);
    } else if (this._state === "RUNNING") {
      if (this._owner?.stop(this as Future<unknown>, grace) !== true) return false;
      this._settle("CANCELLED_AND_NOTIFIED");
    } else if (this._state === "CANCELLED_AND_NOTIFIED" && grace !== undefined) {
      // Its job may be running still, with more patience than this.
      this._owner?.stop(this as Future<unknown>, grace);
    }
    return this._state !== "FINISHED";
  }

  private _settle(state: FutureState, cancelledFor?: JobOwner): void {
    this._state = state;
    cancelledFor?.cancelled();
    const callbacks = this._callbacks;
    this._callbacks = undefined;
    if (callbacks !== undefined) for (const fn of callbacks) this._call(fn as DoneCallback<T>);
  }

  private _call(fn: DoneCallback<T>): void {
    try {
      fn(this);
    } catch (error) {
      console.error(`Done callback ${fn.name || "(anonymous)"} of ${inspect(this)} threw:\n`, error);
    }
  }

  private _mustBeDone(asked: string): void {
    if (this._state === "FINISHED") return;
    if (this.done()) throw new CancelledError(`${this.name || "The job"} was cancelled.`);
    const advice = "It does not wait. Write `await future`, or `yield* future` in a coroutine.";
    throw new InvalidStateError(`${asked}() was asked of ${inspect(this)}, which is not done. ${advice}`);
  }

  private _mustNotBeDone(asked: string): void {
    if (!this.done()) return;
    throw new InvalidStateError(`${asked}() was called on ${inspect(this)}, which is done already.`);
  }
}

/** Give a future the outcome of one that is done. */
export function settleAs<T>(future: Future<T>, done: Future<T>): void {
  if (done.cancelled()) {
    future.cancel();
    return;
  }
  try {
    future.setResult(done.result());
  } catch (error) {
    future.setException(error as NonNullable<unknown>);
  }
}
