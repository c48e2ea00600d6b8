import { CancelledError, newCancelledError, RuntimeError } from "../errors.ts";
import { CANCELLED, FAILED, FINISHED, Future } from "../future.ts";
import { defaultHost } from "../host.ts";
import { type AsyncScope, asyncContext, captureScope, runInScope, scopeToKeep } from "../loop/async-context.ts";
import { Context, meanwhile, mustBeFree, type Scope, type Values } from "../loop/context.ts";
import { current, currentValues, type Running } from "../loop/current.ts";
import type { Runnable } from "../loop/handle.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { brief } from "../print.ts";
import { type CodePlace, formatPlace } from "../traceback.ts";
import type { Coroutine } from "../types.ts";
import { cancelChain } from "./cancel.ts";
import { asGenerator } from "./coroutine.ts";
import { type AnyGenerator, enterSteps, type Frame, leaveSteps, titleOf } from "./frame.ts";
import type { Operation } from "./operation.ts";
import { stackOf } from "./stack.ts";
import { step } from "./step.ts";
import { reportSwallowed } from "./swallowed.ts";
import { reasonNow } from "./why.ts";

/** What `createTask` takes: a coroutine, or a lazy awaitable of the library such as `sleep(…)`. */
export type CoroutineLike<T> = Coroutine<T> | Operation<T>;

/** Options of `createTask` and `Task`. */
export interface TaskOptions {
  /** Shown in messages; `Task-N` by default. */
  readonly name?: string | undefined;
  /** The context it runs in, used as it is; a copy of the current one by default. */
  readonly context?: Context | undefined;
  /** Whether its first step runs at once, inside `createTask`, if its loop is running. */
  readonly eagerStart?: boolean | undefined;
}

/** It suspended by `sleep(0)`. */
export const GAVE_WAY = 1;
/** See T2. */
export const MUST_CANCEL = 2;
/** An error is to be thrown at the next step. */
const INJECTED = 4;
/** The next step begins with a throw. */
export const DUE = MUST_CANCEL | INJECTED;
/** It runs in a Context that others can reach too. */
const IN_CONTEXT = 8;

/** It is not to be found among its loop's tasks. */
const HIDDEN = 16;

let count = 0;
let made = 0;
/** Takes the place of the coroutine of a task that is not to hold it any longer. */
const FINISHED_EAGERLY: AnyGenerator = (function* () {})();

/**
 * A Future that drives a coroutine. Made by `createTask`, hardly ever by hand. Source: asyncio `Task`.
 *
 * A pending task is in one of three states:
 *   queued:   it lies in the loop's ready queue, once;                   `_awaiting` is null
 *   running:  its step is under way;                                      `current.running` is this
 *   waiting:  it is among the waiters of the future `_awaiting`, which is pending. When that future is done the
 *             task is queued, and `_awaiting` still names it until the step.
 *
 * Invariants:
 * T1. A task is never queued twice, nor queued while it waits.
 * T2. MUST_CANCEL: a cancellation was asked for and nothing could pass it on; the next step throws it.
 * T3. A pending task is queued, or running, or it has suspended and is in the loop's `_suspended`; so none is collected
 *     on its way, and one that never waits costs no book-keeping.
 */
export class Task<T = unknown> extends Future<T> implements Runnable, Running {
  /** @internal The outermost coroutine. */ declare _coro: AnyGenerator;
  /** @internal The innermost suspended `coroutine()`; null: `_coro`. */ declare _top: Frame | null;
  /** @internal */ declare _awaiting: Future<unknown> | null;
  /** @internal What is true of it now: the constants above. */ declare _flags: number;
  /** @internal How often it was asked to stop. */ declare _requests: number;
  /** @internal Its context variables, unless it has a Context (IN_CONTEXT). */ declare _values: Values;
  /** @internal The host's own context variables, if the program uses those. */ declare _outer: AsyncScope | null;
  /** @internal A number until someone asks: most names are never read. */ declare _name: string | number;
  /** @internal Tasks are numbered as they are made. */ declare _order: number;
  /** @internal Its place in the loop's `_suspended`; -1 while it is not there. */ declare _place: number;

  /**
   * @param options.loop the running loop by default
   * @throws TypeError if `coro` is no coroutine
   */
  constructor(coro: CoroutineLike<T>, options?: TaskOptions & { readonly loop?: EventLoop | undefined }) {
    super(options);
    this._coro = mustBeCoroutine(coro);
    this._top = null;
    this._awaiting = null;
    this._flags = 0;
    this._requests = 0;
    this._values = currentValues();
    this._outer = scopeToKeep();
    this._name = options?.name ?? ++count;
    this._order = made++;
    this._place = -1;
    if (options === this._loop._plain) this._loop._enqueue(this);
    else this._begin(options);
  }

  /** For tasks made with options; apart from the constructor, which is small so that the engine makes it part of its callers. */
  private _begin(options: TaskOptions | undefined): void {
    const context = options?.context;
    if (context !== undefined) this._enterContext(context);
    const eager = options?.eagerStart === true && current.loop === this._loop;
    if (eager && context !== undefined) mustBeFree(context);
    if (eager) this._startEagerly();
    else this._loop._enqueue(this);
  }

  getName(): string {
    if (typeof this._name === "number") this._name = `Task-${this._name}`;
    return this._name;
  }

  setName(name: string): void {
    this._name = String(name);
  }

  /** The coroutine it drives; `null` if it was started eagerly and ended at once. */
  getCoro(): Coroutine<T> | null {
    return this._coro === FINISHED_EAGERLY ? null : (this._coro as Coroutine<T>);
  }

  /** The context it runs in: what is set there, the task sees. Source: asyncio `Task.get_context`. */
  getContext(): Context {
    if (this._flags & IN_CONTEXT) return (this._rare as { context: Context }).context;
    const context = new Context();
    context._values = this._values;
    context._formerly = this;
    this._enterContext(context);
    return context;
  }

  /**
   * Asks the task to stop: a CancelledError is thrown at the `yield*` where it waits. The coroutine may catch it to
   * clean up (and may wait while it does), to delay or to refuse. What the task waits for is cancelled first.
   * @param message carried by the CancelledError
   * @returns false if the task was done already
   */
  override cancel(message?: string): boolean {
    this._silence();
    if (this.done()) return false;
    cancelChain(this as Task<unknown>, message);
    return true;
  }

  /** How many cancellations were asked for and not taken back by `uncancel()`. */
  cancelling(): number {
    return this._requests;
  }

  /** Takes one request to cancel back; returns how many are left. At 0 an undelivered one is dropped. */
  uncancel(): number {
    if (this._requests > 0 && --this._requests === 0) this._flags &= ~MUST_CANCEL;
    return this._requests;
  }

  /**
   * The coroutines it is in, each with its line, outermost first: down to where it waits, or to the caller if it is the
   * running one. Of a failed task the places of its error's stack; else empty. Source: asyncio `Task.get_stack`, which
   * stops at the outermost coroutine.
   * @param options.limit the most places: the innermost ones, of a failed task the outermost
   */
  getStack(options?: { readonly limit?: number | null | undefined }): CodePlace[] {
    const stack = stackOf(this as Task<unknown>).reverse();
    const limit = options?.limit ?? null;
    if (limit === null) return stack;
    return this._state === FAILED ? stack.slice(0, limit) : stack.slice(Math.max(0, stack.length - limit));
  }

  /** Prints `getStack()`, on the standard error output or by `write`. Source: asyncio `Task.print_stack`. */
  printStack(options?: {
    readonly limit?: number | null | undefined;
    readonly write?: ((text: string) => void) | undefined;
  }): void {
    const lines = this.getStack(options).map((place) => `  at ${formatPlace(place)}`);
    const what = this._state === FAILED ? "Traceback" : "Stack";
    const text =
      lines.length === 0 ? `No stack for ${this}` : `${what} of ${this} (most recent call last):\n${lines.join("\n")}`;
    if (options?.write !== undefined) options.write(`${text}\n`);
    else defaultHost.print(text);
  }

  /** @throws RuntimeError always: a task's result is its coroutine's */
  override setResult(_result: T): never {
    throw new RuntimeError(`${this}: a task's result is what its coroutine returns; it can't be set`);
  }

  /** @throws RuntimeError always */
  override setException(_error: unknown): never {
    throw new RuntimeError(`${this}: a task's error is what its coroutine throws; use cancel() to stop it`);
  }

  /** @internal */
  get _task(): Task<unknown> {
    return this as Task<unknown>;
  }

  /** @internal Where its context variables are: itself, unless it was given a Context. */
  get _scope(): Scope {
    return this._flags & IN_CONTEXT ? (this._rare as { context: Context }).context : this;
  }

  /** @internal It has asked a future by hand, and then did not wait for it. */
  _leaveWait(): void {
    this._awaiting?._removeWaiter(this);
    this._awaiting = null;
  }

  /** @internal See T3. */
  _list(): void {
    if (this._place < 0 && !this.done()) this._loop._suspended.add(this as Task<unknown>);
  }

  /** @internal */
  _hide(hidden: boolean): void {
    this._flags = hidden ? this._flags | HIDDEN : this._flags & ~HIDDEN;
  }

  /** @internal */
  _isHidden(): boolean {
    return (this._flags & HIDDEN) !== 0;
  }

  /** @internal An error for its next step to throw; the first one counts. */
  _inject(error: Error): void {
    this._flags |= INJECTED;
    this._rarely().injected ??= error;
  }

  private _enterContext(context: Context): void {
    this._flags |= IN_CONTEXT;
    this._rarely().context = context;
  }

  /** @internal The signal that the next `cancel()` aborts. */
  _signal(): AbortSignal {
    // A request that is yet to be delivered must reach what is started with the signal before that.
    if (this._flags & MUST_CANCEL) return AbortSignal.abort(newCancelledError(this._rare?.message));
    const rare = this._rarely();
    rare.controller ??= new AbortController();
    return rare.controller.signal;
  }

  /** @internal */
  _run(): void {
    if (this._step()) this._loop._enqueue(this);
  }

  /** @internal Runs; returns whether it gave way, and is now to be queued by the caller. */
  _step(): boolean {
    current.running = this as Task<unknown>;
    if (asyncContext.inUse) return runInScope(this._outer, stepInScope, this as Task<unknown>);
    const gaveWay = step(this as Task<unknown>);
    // Its own step was the first to store something.
    if (asyncContext.inUse) this._keepScope();
    return gaveWay;
  }

  /** @internal What a step has stored for good, the host forgets after it. */
  _keepScope(): void {
    if (!this.done()) this._outer = captureScope();
  }

  /** The first step, inside of whatever runs now. */
  private _startEagerly(): void {
    // Neither is found as the one that runs, when the other is, or another that this one starts eagerly.
    current.running._task?._list();
    this._list();
    const steps = enterSteps();
    try {
      meanwhile(() => this._run());
    } finally {
      leaveSteps(steps);
    }
    if (this.done()) this._coro = FINISHED_EAGERLY;
  }

  /** @internal */
  _returned(value: unknown): void {
    this._leave();
    if (this._requests > 0 && this._endsCancelled()) return;
    this._outcome = value;
    this._settle(FINISHED);
  }

  private _endsCancelled(): boolean {
    if ((this._flags & MUST_CANCEL) === 0) {
      if (this._loop._debug) reportSwallowed(this as Task<unknown>);
      return false;
    }
    // Asked to stop by itself in its last step: the request wins over the value.
    this._flags &= ~MUST_CANCEL;
    this._outcome = this._rare?.reason;
    this._settle(CANCELLED);
    return true;
  }

  /** @internal */
  _ended(error: unknown): void {
    this._top = null;
    this._leave();
    if (error instanceof CancelledError) {
      this._outcome = error;
      if (this._rare !== undefined) this._rare.message = undefined;
      this._settle(CANCELLED);
    } else {
      this._fail(error);
    }
  }

  override _blockers(): Task<unknown>[] {
    return [this as Task<unknown>];
  }

  /** @internal The error that the next step must throw: an injected one, or the cancellation that is due. */
  _takeDueError(): unknown {
    const rare = this._rarely();
    let error: unknown = rare.injected;
    rare.injected = undefined;
    const cancelled = (this._flags & MUST_CANCEL) !== 0;
    this._flags &= ~DUE;
    if (!cancelled) return error;
    const awaited = this._awaiting;
    // The wake-up takes note of the awaited future's error, though the cancellation replaces it.
    if (awaited !== null && awaited._state >= FAILED) error = awaited._error("result");
    return error instanceof CancelledError ? error : newCancelledError(rare.message, rare.reason);
  }

  /** @internal Aborts what `signal()` gave out. */
  _abortSignal(message: string | undefined): void {
    const controller = this._rare?.controller;
    if (controller === undefined) return;
    this._rarely().controller = undefined;
    controller.abort(newCancelledError(message, reasonNow()));
  }

  private _leave(): void {
    if (this._awaiting !== null) this._leaveWait();
    if (this._place >= 0) this._loop._suspended.delete(this as Task<unknown>);
  }

  /** @internal */
  override _title(): string {
    return `Task '${this.getName()}' (${titleOf(this._coro)})`;
  }

  /** @internal As asyncio prints it: `pending name='Task-2' coro=<spin() at …/spinner.ts:9> wait_for=<Future pending>`. */
  override _describe(depth: number): string {
    const [state, ...outcome] = super._describe(depth).split(" ");
    const parts = [
      this._requests > 0 && !this.done() ? "cancelling" : state,
      `name='${this.getName()}'`,
      `coro=<${titleOf(this._coro)}>`,
    ];
    if (depth > 0 && this._awaiting !== null && !this.done())
      parts.push(`wait_for=${this._awaiting._print(depth - 1)}`);
    return parts.concat(outcome).join(" ");
  }
}

function stepInScope(task: Task<unknown>): boolean {
  const gaveWay = step(task);
  task._keepScope();
  return gaveWay;
}

/** @internal The generator of a coroutine. @throws TypeError that says what to write instead */
export function mustBeCoroutine(value: unknown): AnyGenerator {
  return asGenerator(value) ?? refuse(value);
}

function refuse(value: unknown): never {
  let advice = "";
  if (typeof value === "function") advice = `: call it, as in createTask(${value.name || "main"}())`;
  else if (value instanceof Future) advice = ": it is under way already, wait for it with `yield*`";
  else if (typeof value === "object" && value !== null && "then" in value) {
    advice = ": wrap the promise, as in createTask(from(promise))";
  }
  throw new TypeError(`Expected a coroutine, got ${brief(value)}${advice}`);
}
