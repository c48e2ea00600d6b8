import type { EventLoop } from "../loops/event-loop.ts";
import { type AsyncScope, asyncContext, runInScope, scopeToKeep } from "./async-context.ts";
import type { Scope, Values } from "./context.ts";
import { current, currentValues, type Running } from "./current.ts";
import type { Runnable } from "./handle.ts";

/**
 * The way into a loop for what the host tells again and again: that a socket has data, that a process has ended. Each
 * `call(event)` becomes a callback of the loop, `callback(event)`, in the order of the calls, in no task, and in the context in which
 * this was made, whose values it keeps between the calls. What in asyncio is the Handle that `add_reader` makes.
 *
 * A loop that sleeps runs it at once, and what it wakes too; so `call` is for callbacks of the host on an empty stack, and for
 * nothing else: from within code of the loop use `callSoon`. Calls of a closed loop are dropped.
 */
export class HostCallback<E> implements Runnable, Running {
  /** @internal */ readonly _loop: EventLoop;
  /** @internal */ _values: Values;
  private readonly _outer: AsyncScope | null;
  private readonly _callback: (event: E) => void;
  /** What it was called with and has not run for; most often it is one. */
  private _event: E | null = null;
  private _isCalled = false;
  private _later: E[] | null = null;

  constructor(loop: EventLoop, callback: (event: E) => void) {
    this._loop = loop;
    this._callback = callback;
    this._values = currentValues();
    this._outer = scopeToKeep();
  }

  /** @internal A callback belongs to no task. */
  get _task(): null {
    return null;
  }

  /** @internal */
  get _scope(): Scope {
    return this;
  }

  /** To be called by the host. */
  call(event: E): void {
    const loop = this._loop;
    if (loop._closed) return;
    if (!this._isCalled) {
      this._isCalled = true;
      this._event = event;
    } else if (this._later === null) this._later = [event];
    else this._later.push(event);
    loop._runFromHost(this);
  }

  /** @internal */
  _run(): void {
    const event = this._event as E;
    if (this._later === null) {
      this._isCalled = false;
      this._event = null;
    } else {
      this._event = this._later.shift() as E;
      if (this._later.length === 0) this._later = null;
    }
    if (asyncContext.inUse) runInScope(this._outer, (one: E) => this._call(one), event);
    else this._call(event);
  }

  private _call(event: E): void {
    const callback = this._callback;
    current.running = this;
    try {
      callback(event);
    } catch (exception) {
      this._loop.callExceptionHandler({ message: `Exception in callback ${this}`, exception });
    }
  }

  toString(): string {
    return `<HostCallback ${this._callback.name || "(anonymous)"}>`;
  }

  get [Symbol.toStringTag](): string {
    return "HostCallback";
  }
}
