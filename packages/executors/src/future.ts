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

/**
 * The outcome of a submitted job. Executors make it; wait for it with `await future` in an async function or
 * `yield* future` in a coroutine (which then cancels the job, if it is cancelled itself while the job is queued).
 * Source: concurrent.futures `Future`.
 */
export class Future<T> implements PromiseLike<T>, Awaitable<T>, ExecutorFuture<T> {
  /** What the messages call it; an executor gives the name of the function. */
  readonly name: string;
  private _state: FutureState = "PENDING";
  private _callbacks: DoneCallback<T>[] = [];
  private _result: T | undefined;
  private _exception: unknown = null;

  constructor(name = "") {
    this.name = name;
  }

  /** Where the job stands. */
  get state(): FutureState {
    return this._state;
  }

  /**
   * Cancel the job if it has not started.
   *
   * Returns false when it runs or has finished (it then goes on undisturbed), true when it is cancelled, also when it
   * was before. Source: concurrent.futures `Future.cancel`.
   */
  cancel(): boolean {
    if (this._state === "RUNNING" || this._state === "FINISHED") return false;
    if (this._state === "PENDING") this._settle("CANCELLED");
    return true;
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
    else this._callbacks.push(fn);
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

  private _settle(state: FutureState): void {
    this._state = state;
    const callbacks = this._callbacks;
    this._callbacks = [];
    for (const fn of callbacks) this._call(fn);
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
    if (this.done()) throw new CancelledError(`${this.name || "The job"} was cancelled before it started.`);
    const advice = "It does not wait. Write `await future`, or `yield* future` in a coroutine.";
    throw new InvalidStateError(`${asked}() was asked of ${inspect(this)}, which is not done. ${advice}`);
  }

  private _mustNotBeDone(asked: string): void {
    if (!this.done()) return;
    throw new InvalidStateError(`${asked}() was called on ${inspect(this)}, which is done already.`);
  }
}
