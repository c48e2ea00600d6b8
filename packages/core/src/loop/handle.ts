import type { Future } from "../future.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { brief } from "../print.ts";
import { createdAt, noteOrigin } from "../task/origins.ts";
import type { Task } from "../task/task.ts";
import type { HeapEntry } from "../util/timer-heap.ts";
import { type AsyncScope, asyncContext, runInScope, scopeToKeep } from "./async-context.ts";
import { Context, type Scope, type Values } from "./context.ts";
import { current, currentValues, type Running } from "./current.ts";

/** What the ready queue holds: handles, and tasks themselves (a task's step needs no handle of its own). */
export interface Runnable {
  /** @internal Makes itself the one that runs, or NOBODY if it calls no code of the program; never throws. */
  _run(): void;
  /** @internal Itself, if it is a task. */
  readonly _task?: Task<unknown> | null;
  /** @internal Among the waiters of a future that has failed or was cancelled: what is to be queued in its place. */
  _forFailed?(future: Future<unknown>): Runnable;
  /** @internal On whose behalf it waits, if that is a future or task. */
  readonly _awaiter?: Future<unknown> | null;
}

/** What the loop's heap of timers holds: to be queued at its time. */
export interface Timer extends Runnable, HeapEntry {
  /** @internal Whether it lies in the heap, whose count of the dead it must then feed. */
  _inHeap: boolean;
}

/** A callback with its arguments, scheduled to run once. Source: asyncio `Handle`. */
export class Handle implements Runnable, Running {
  /** @internal */ declare readonly _loop: EventLoop;
  /** @internal Dropped when cancelled or run, so that nothing is kept alive by a dead handle. */
  _callback: ((...args: never[]) => unknown) | null;
  /** @internal */ declare _args: readonly unknown[] | null;
  /** @internal */ declare _cancelled: boolean;
  /** @internal The context it runs in, copied when it was scheduled. */ declare _values: Values;
  /** @internal The host's own, if the program uses that. */ declare readonly _outer: AsyncScope | null;

  constructor(
    callback: (...args: never[]) => unknown,
    args: readonly unknown[],
    loop: EventLoop,
    values: Values = currentValues(),
    outer: AsyncScope | null = scopeToKeep(),
  ) {
    if (typeof callback !== "function") throw new TypeError(`Expected a callback function, got ${brief(callback)}`);
    this._cancelled = false;
    this._callback = callback;
    this._args = args;
    this._loop = loop;
    this._values = values;
    this._outer = outer;
    if (loop._debug) noteOrigin(this);
  }

  /** @internal A callback belongs to no task. */
  get _task(): null {
    return null;
  }

  /** @internal */
  get _scope(): Scope {
    return this;
  }

  /** Takes the call back if it has not run. The queue entry stays and is skipped. */
  cancel(): void {
    if (this._cancelled) return;
    this._cancelled = true;
    this._callback = null;
    this._args = null;
  }

  /** A copy of the context it runs in. Source: asyncio `Handle.get_context`. */
  getContext(): Context {
    const context = new Context();
    context._values = this._values;
    return context;
  }

  /** Whether `cancel()` was called. */
  cancelled(): boolean {
    return this._cancelled;
  }

  /** @internal */
  _run(): void {
    if (this._callback === null) return;
    if (asyncContext.inUse) runInScope(this._outer, callHandle, this);
    else this._call();
  }

  /** @internal The only place where callbacks are called. */
  _call(): void {
    const callback = this._callback as (...args: never[]) => unknown;
    const args = this._args as never[];
    this._callback = null;
    this._args = null;
    current.running = this;
    try {
      callback(...args);
    } catch (exception) {
      this._loop.callExceptionHandler({
        message: `Exception in callback ${nameOf(callback)}`,
        exception,
        handle: this,
      });
    }
  }

  toString(): string {
    const what = this._callback === null ? (this._cancelled ? "cancelled" : "run") : nameOf(this._callback);
    return `<${this.constructor.name} ${what}${createdAt(this)}>`;
  }

  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** A callback scheduled for a time. Source: asyncio `TimerHandle`. */
export class TimerHandle extends Handle implements Timer {
  /** @internal */ declare readonly _when: number;
  /** @internal */ declare _order: number;
  /** @internal Whether it lies in the loop's heap, whose count of the dead it must then feed. */
  declare _inHeap: boolean;

  constructor(when: number, callback: (...args: never[]) => unknown, args: readonly unknown[], loop: EventLoop) {
    super(callback, args, loop);
    this._order = 0;
    this._inHeap = false;
    this._when = when;
  }

  /** The loop time it is due at, in milliseconds. */
  when(): number {
    return this._when;
  }

  override cancel(): void {
    if (this._cancelled) return;
    super.cancel();
    if (this._inHeap) this._loop._timers.noteCancelled();
  }
}

function callHandle(handle: Handle): void {
  handle._call();
}

function nameOf(callback: (...args: never[]) => unknown): string {
  const name: unknown = callback.name;
  return typeof name === "string" && name !== "" ? `${name}()` : "(anonymous)";
}
