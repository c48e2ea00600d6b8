import { CancelledError, InvalidStateError, RuntimeError } from "../errors.ts";
import type { ExecutorFuture } from "../executor.ts";
import type { Future } from "../future.ts";
import { type LostError, lostError } from "../loop/report.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { cancelFor, Reason } from "../reason.ts";
import { isCoroutine } from "../task/coroutine.ts";
import { titleOf } from "../task/frame.ts";
import { type CoroutineLike, mustBeCoroutine } from "../task/task.ts";
import { noteKept } from "../task/unawaited.ts";
import { wrapFuture } from "../task/wrap.ts";
import type { Awaitable, Suspension } from "../types.ts";

/** What `runCoroutineThreadsafe` returns: a future that belongs to no loop. */
export interface ConcurrentFuture<T> extends ExecutorFuture<T>, PromiseLike<T>, Awaitable<T> {}

/**
 * Hands a coroutine to another event loop, and returns a future that belongs to none: `yield*` it in a coroutine of any
 * loop, or `await` it. Its callbacks are called at once, in whatever settles it. Cancelling it succeeds while it is
 * pending, and has the task cancelled in its loop. It fails with a RuntimeError if that loop is closed first.
 * Source: asyncio `run_coroutine_threadsafe`.
 * @throws TypeError if `coro` is no coroutine; RuntimeError if the loop is closed
 */
export function runCoroutineThreadsafe<T>(coro: CoroutineLike<T>, loop: EventLoop): ConcurrentFuture<T> {
  if (!isCoroutine(coro)) mustBeCoroutine(coro);
  const future = new Handed<T>(loop, titleOf(coro));
  loop.callSoonThreadsafe(() => {
    try {
      future._follow(loop.createTask(coro));
    } catch (error) {
      future._fail(error);
    }
  });
  // Whoever made it need not look after it any longer.
  noteKept(coro);
  return future;
}

class Handed<T> implements ConcurrentFuture<T> {
  private readonly _loop: EventLoop;
  private readonly _name: string;
  private _state: "pending" | "cancelled" | "finished" | "failed" = "pending";
  private _outcome: unknown = undefined;
  private _task: Future<T> | null = null;
  private _callbacks: ((future: this) => void)[] = [];
  private _lost: LostError | undefined = undefined;
  private readonly _onClose = () => this._closed();
  private readonly _atClose: WeakRef<() => void>;

  constructor(loop: EventLoop, name: string) {
    this._loop = loop;
    this._name = name;
    this._atClose = loop._atClose.add(this._onClose);
  }

  cancel(): boolean {
    if (this._state === "pending") {
      this._settle("cancelled", undefined);
      this._cancelTask();
    }
    return this._state === "cancelled";
  }

  cancelled(): boolean {
    return this._state === "cancelled";
  }

  done(): boolean {
    return this._state !== "pending";
  }

  result(): T {
    if (this._state === "finished") return this._outcome as T;
    throw this._error("result");
  }

  exception(): unknown {
    if (this._state === "finished") return null;
    const error = this._error("exception");
    if (this._state === "failed") return error;
    throw error;
  }

  addDoneCallback(callback: (future: this) => void): void {
    if (this._state !== "pending") this._call(callback);
    else {
      this._callbacks.push(callback);
      if (this._loop.isClosed()) this._closed();
    }
  }

  // biome-ignore lint/suspicious/noThenProperty: being thenable is the point
  then<A = T, B = never>(
    onResult?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const promise = new Promise<T>((resolve, reject) => {
      this.addDoneCallback(() => {
        if (this._state === "finished") resolve(this._outcome as T);
        else reject(this._error("then"));
      });
    });
    return promise.then(onResult, onError);
  }

  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return wrapFuture(this)[Symbol.iterator]();
  }

  toString(): string {
    return `<ConcurrentFuture ${this._state} of ${this._name}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** @internal What it is called in the report of an error that nobody asked for. */
  _title(): string {
    return `ConcurrentFuture of ${this._name}`;
  }

  /** @internal */
  _follow(task: Future<T>): void {
    this._task = task;
    // As asyncio chains them: cancelled before this, the task makes its first step all the same.
    if (this._state === "cancelled") this._cancelTask();
    task.addDoneCallback(() => {
      // An error after that is nobody's, so it is left in the task, to be reported.
      if (this._state !== "pending") return;
      if (task.cancelled()) this._settle("cancelled", undefined);
      else {
        const error = task.exception();
        if (error === null) this._settle("finished", task.result());
        else this._settle("failed", error);
      }
    });
  }

  /** @internal */
  _fail(error: unknown): void {
    if (this._state === "pending") this._settle("failed", error);
    else
      this._loop.callExceptionHandler({
        message: `${this._title()} was cancelled and could not start`,
        exception: error,
      });
  }

  /** A closed loop runs no task to its end, and who waits elsewhere must not wait for ever. */
  private _closed(): void {
    // A task that nobody waits for is reported by the loop itself; one that was never made is not.
    if (this._state !== "pending" || (this._callbacks.length === 0 && this._task !== null)) return;
    const error = new RuntimeError(`${this} can't get done any more, as its event loop was closed`);
    this._settle("failed", error);
  }

  private _cancelTask(): void {
    const task = this._task;
    if (task !== null && !this._loop.isClosed()) this._loop.callSoonThreadsafe(() => cancelFor(HANDED_BACK, task));
  }

  private _settle(state: "cancelled" | "finished" | "failed", outcome: unknown): void {
    this._state = state;
    this._outcome = outcome;
    this._loop._atClose.delete(this._atClose);
    const callbacks = this._callbacks;
    this._callbacks = [];
    // Who listens will take the error, perhaps in a loop that comes to it later.
    if (state === "failed" && callbacks.length === 0) this._lost = lostError(this._loop, this, outcome);
    for (const callback of callbacks) this._call(callback);
  }

  private _call(callback: (future: this) => void): void {
    try {
      callback(this);
    } catch (exception) {
      this._loop.callExceptionHandler({ message: `Exception in a done callback of ${this}`, exception });
    }
  }

  /** The error to throw to someone who asks for the outcome, who thereby has taken note of it. */
  private _error(asked: string): unknown {
    if (this._state === "pending") {
      return new InvalidStateError(
        `${asked}() of ${this} was asked for before it was done; \`yield*\` or \`await\` it`,
      );
    }
    if (this._state === "cancelled") return new CancelledError(`${this._name} was cancelled`);
    this._lost?.taken();
    this._lost = undefined;
    return this._outcome;
  }
}

const HANDED_BACK = /* @__PURE__ */ new Reason("cancel() of the future of runCoroutineThreadsafe()");
