import { CancelledError, InvalidStateError, newCancelledError, RuntimeError } from "./errors.ts";
import { isSameCallback } from "./loop/context.ts";
import { current, defaultLoop, EMPTY } from "./loop/current.ts";
import { Handle, type Runnable } from "./loop/handle.ts";
import { lostError } from "./loop/report.ts";
import type { EventLoop } from "./loops/event-loop.ts";
import { brief } from "./print.ts";
import { newRareState, type RareState } from "./rare-state.ts";
import type { Reason } from "./reason.ts";
import { createdAt, noteOrigin } from "./task/origins.ts";
import { answerProbe, PROBE } from "./task/probe.ts";
import { AWAITED, done, PARKED } from "./task/suspend.ts";
import type { Task } from "./task/task.ts";
import { reasonNow } from "./task/why.ts";
import type { Awaitable, Suspension } from "./types.ts";

/** The state of a Future. FAILED and FINISHED are asyncio's one state "finished", told apart by the outcome. */
export const PENDING = 0;
export const FINISHED = 1;
export const FAILED = 2;
export const CANCELLED = 3;
export type FutureState = typeof PENDING | typeof FINISHED | typeof FAILED | typeof CANCELLED;

/** What `addDoneCallback` takes: a function that is given the future. */
export type DoneCallback<F> = (future: F) => void;

/** How many futures down the line a printed one shows. */
const DEEPEST_PRINT = 3;

const brand = Symbol.for("yieldfrom.future");

/**
 * The result of something that has not happened yet. Source: asyncio `Future`.
 *
 * Invariants:
 * 1. `_state` leaves PENDING once, in `_settle`, and never changes again.
 * 2. Done callbacks and waiting tasks run through the loop's ready queue, never from within `setResult` and the
 *    like, in the order in which they were added.
 * 3. A Future is its own iterator and holds no state of any one waiter, so any number of tasks may `yield*` it.
 */
export class Future<T = unknown> implements Awaitable<T>, PromiseLike<T> {
  /** @internal */ declare readonly _loop: EventLoop;
  /** @internal */ declare _state: FutureState;
  /**
   * @internal The result. If FAILED the error; if CANCELLED the CancelledError that ended a task, until the first who asks, or
   * else why it was cancelled: a Reason, or undefined.
   */
  declare _outcome: unknown;
  /** @internal Put into the ready queue when it is done: tasks, and handles of callbacks. One is the rule, so it needs no array. */
  declare _waiters: Runnable | Runnable[] | undefined;
  /** @internal What few futures need. */ declare _rare: RareState | undefined;

  /** @param options.loop the loop it belongs to; the current one by default */
  constructor(options?: { readonly loop?: EventLoop | undefined }) {
    this._loop = options?.loop ?? loopFor(new.target);
    this._state = PENDING;
    this._outcome = undefined;
    this._waiters = undefined;
    this._rare = undefined;
    if (this._loop._debug) noteOrigin(this);
  }

  /** The loop this future belongs to. */
  getLoop(): EventLoop {
    return this._loop;
  }

  /** Whether it has an outcome: a result, an error, or it was cancelled. */
  done(): boolean {
    return this._state !== PENDING;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this._state === CANCELLED;
  }

  /**
   * The result; throws the error it failed with. To wait for it write `yield* future`.
   * @throws InvalidStateError while pending; CancelledError if cancelled
   */
  result(): T {
    if (this._state === FINISHED) return this._outcome as T;
    throw this._error("result");
  }

  /**
   * The error it failed with, `null` if it has a result.
   * @throws InvalidStateError while pending; CancelledError if cancelled
   */
  exception(): unknown {
    if (this._state === FINISHED) return null;
    const error = this._error("exception");
    if (this._state === FAILED) return error;
    throw error;
  }

  /** @throws InvalidStateError if it is done already */
  setResult(result: T): void {
    this._mustBePending("setResult");
    this._outcome = result;
    this._settle(FINISHED);
  }

  /** @throws InvalidStateError if it is done already */
  setException(error: unknown): void {
    this._mustBePending("setException");
    // An error class is instantiated, as in Python; `prototype instanceof` keeps plain functions out.
    const isClass = typeof error === "function" && (error === Error || error.prototype instanceof Error);
    this._fail(isClass ? new (error as new () => Error)() : error);
  }

  /**
   * Cancels it, if it is pending. Whoever waits for it gets a CancelledError with `message`.
   * @returns false if it was done already
   */
  cancel(message?: string): boolean {
    this._silence();
    if (this._state !== PENDING) return false;
    if (message !== undefined) this._rarely().message = message;
    this._outcome = reasonNow();
    this._settle(CANCELLED);
    return true;
  }

  /**
   * Calls `callback(future)` once this is done: soon, through the loop, in the order added; also if it is done
   * already. An error it throws goes to the loop's exception handler.
   */
  addDoneCallback(callback: DoneCallback<this>): void {
    if (typeof callback !== "function") throw new TypeError(`Expected a callback function, got ${brief(callback)}`);
    if (this._state !== PENDING) this._loop.callSoon(callback, this);
    else this._addWaiter(new Handle(callback, [this], this._loop));
  }

  /** Takes back every entry of `callback`; returns how many there were. No effect once done. */
  removeDoneCallback(callback: DoneCallback<this>): number {
    const waiters = this._waiters;
    if (waiters === undefined) return 0;
    const all = Array.isArray(waiters) ? waiters : [waiters];
    const kept = all.filter((waiter) => !(waiter instanceof Handle && isSameCallback(waiter._callback, callback)));
    this._waiters = kept.length === 0 ? undefined : kept;
    return all.length - kept.length;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** For `yield*`, which calls it first and again when the waiting task is resumed; not to be called by hand. */
  next(): IteratorResult<Suspension, T> {
    const state = this._state;
    if (state === FINISHED) return done(this._outcome as T);
    if (state === PENDING) {
      const task = current.running;
      // Here and not in the task's step, where futures of all classes come by, which the engine is slow to tell apart.
      if (
        this._waiters === undefined &&
        task._awaiting === null &&
        task._loop === this._loop &&
        task !== (this as unknown)
      ) {
        this._waiters = task as Task<unknown>;
        task._awaiting = this as Future<unknown>;
        return PARKED;
      }
      if (task._awaiting) task._awaiting._removeWaiter(task as Task<unknown>);
      task._awaiting = this as Future<unknown>;
      return AWAITED;
    }
    throw this._error("result");
  }

  /** For `yield*`, when the waiting task is resumed by an error. */
  throw(error: unknown): IteratorResult<Suspension, T> {
    if (error === PROBE) return answerProbe();
    throw error;
  }

  /** As a Promise's `then`, so that `await future` works in an async function. */
  // biome-ignore lint/suspicious/noThenProperty: being thenable is the point
  then<A = T, B = never>(
    onResult?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this._toPromise().then(onResult, onError);
  }

  /** As a Promise's `catch`. */
  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this._toPromise().catch(onError);
  }

  /** As a Promise's `finally`. */
  finally(onDone?: (() => void) | null): Promise<T> {
    return this._toPromise().finally(onDone);
  }

  get [brand](): true {
    return true;
  }

  get [Symbol.toStringTag](): string {
    return this._kind;
  }

  /** For example `<Future finished result=42>`. */
  toString(): string {
    return this._print(DEEPEST_PRINT);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** @internal A future may wait for another, that for a third, in a circle even: `depth` of them are shown. */
  _print(depth: number): string {
    return `<${this._kind} ${this._describe(depth)}${createdAt(this)}>`;
  }

  /** @internal What stands between the angle brackets. */
  _describe(_depth: number): string {
    switch (this._state) {
      case PENDING:
        return "pending";
      case CANCELLED:
        return "cancelled";
      case FAILED:
        return `finished exception=${brief(this._outcome)}`;
      case FINISHED:
        return `finished result=${brief(this._outcome)}`;
    }
  }

  /** @internal What it is called in a report that outlives it. */
  _title(): string {
    return this._kind;
  }

  /** @internal What kind of thing it is for people. */
  get _kind(): string {
    return this.constructor.name;
  }

  /** @internal The tasks that must do something before this can be done, as far as that is known. */
  _blockers(): Task<unknown>[] {
    return [];
  }

  /** @internal The tasks that hold what is waited for by this, a lock for instance, as far as that is known. */
  _holders(): readonly Task<unknown>[] {
    return [];
  }

  /** @internal */
  _addWaiter(waiter: Runnable): void {
    const waiters = this._waiters;
    if (waiters === undefined) this._waiters = waiter;
    else if (Array.isArray(waiters)) waiters.push(waiter);
    else this._waiters = [waiters, waiter];
  }

  /** @internal */
  _fail(error: unknown): void {
    this._outcome = error;
    // A task that waits will take the error when it wakes, whatever else happens to it.
    const first = Array.isArray(this._waiters) ? this._waiters[0] : this._waiters;
    if (!first?._task) this._rarely().lost = lostError(this._loop, this, error);
    this._settle(FAILED);
  }

  /** @internal */
  _settle(state: FutureState): void {
    this._state = state;
    const waiters = this._waiters;
    if (waiters === undefined) return;
    this._waiters = undefined;
    // One, with no more to it, is the rule.
    if (state !== FINISHED || this._loop._closed || Array.isArray(waiters)) this._wakeCarefully(waiters);
    else this._loop._enqueue(waiters);
  }

  private _wakeCarefully(waiters: Runnable | Runnable[]): void {
    const loop = this._loop;
    for (const waiter of Array.isArray(waiters) ? waiters : [waiters]) {
      // As asyncio's `call_soon`: nobody would be called.
      if (loop._closed && !waiter._task) loop._refuse("callSoon");
      loop._enqueue(this._state === FINISHED ? waiter : (waiter._forFailed?.(this as Future<unknown>) ?? waiter));
    }
  }

  /** @internal Takes a runnable out of those that wait. */
  _removeWaiter(runnable: Runnable): void {
    if (this._waiters === runnable) this._waiters = undefined;
    else if (Array.isArray(this._waiters)) {
      const left = this._waiters.filter((waiter) => waiter !== runnable);
      this._waiters = left.length === 0 ? undefined : left;
    }
  }

  /**
   * @internal The error to throw to someone who asks for the outcome, who thereby has taken note of it.
   * The CancelledError that ended a task is handed out once, with its message; later askers get a fresh one.
   */
  _error(asked: string): unknown {
    if (this._state === FAILED) {
      this._silence();
      return this._outcome;
    }
    if (this._state === CANCELLED) return this._takeCancelledError();
    return new InvalidStateError(`${asked}() of ${this} was asked for before it was done; \`yield*\` it to wait`);
  }

  /** @internal */
  _takeCancelledError(): CancelledError {
    const error = this._outcome;
    if (!(error instanceof CancelledError)) return this._freshCancelledError();
    this._outcome = error._reason;
    return error;
  }

  /** @internal Another one, which leaves a task's own for who asks for that. */
  _freshCancelledError(): CancelledError {
    const outcome = this._outcome;
    const reason = outcome instanceof CancelledError ? outcome._reason : (outcome as Reason | undefined);
    return newCancelledError(this._rare?.message, reason);
  }

  /** @internal Its error counts as noticed from here on. */
  _silence(): void {
    const lost = this._rare?.lost;
    if (lost !== undefined) {
      lost.taken();
      (this._rare as RareState).lost = undefined;
    }
  }

  /** @internal */
  _rarely(): RareState {
    this._rare ??= newRareState();
    return this._rare;
  }

  private _mustBePending(asked: string): void {
    if (this._state !== PENDING) throw new InvalidStateError(`${asked}() of ${this}, which is done already`);
  }

  private _neverDone(): RuntimeError {
    return new RuntimeError(
      `${this} is awaited by a Promise and can't get done any more, as its event loop was closed: have it done, or cancel it, before close()`,
    );
  }

  /** One for all who ask, or a turn of the host that ends between two of their callbacks would change their order. */
  private _toPromise(): Promise<T> {
    const rare = this._rarely();
    rare.promise ??= this._newPromise();
    return rare.promise as Promise<T>;
  }

  private _newPromise(): Promise<T> {
    return new Promise((resolve, reject) => {
      const loop = this._loop;
      let atClose: WeakRef<() => void> | undefined;
      const settle = () => {
        if (atClose !== undefined) loop._atClose.delete(atClose);
        if (this._state === FINISHED) resolve(this._outcome as T);
        else if (this._state === PENDING) reject(this._neverDone());
        else reject(this._error("then"));
      };
      if (this._state !== PENDING || loop.isClosed()) {
        settle();
        return;
      }
      this._addWaiter(new Handle(settle, [], loop, EMPTY, null));
      // A closed loop calls no waiter any more, and a Promise must not stay pending in silence.
      atClose = loop._atClose.add(settle);
    });
  }
}

function loopFor(kind: { readonly name: string }): EventLoop {
  return defaultLoop(`new ${kind.name}()`);
}

/** Lets whoever waits for `waiter` go on, unless it is done already: by a cancellation, or by someone faster. */
export function release(waiter: Future<void>): void {
  if (!waiter.done()) waiter.setResult(undefined);
}

/** Whether `value` is a Future or Task, of this copy of the library or another one. Source: asyncio `isfuture`. */
export function isFuture(value: unknown): value is Future<unknown> {
  return value instanceof Future || (typeof value === "object" && value !== null && brand in value);
}
