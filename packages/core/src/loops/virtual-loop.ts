import { RuntimeError } from "../errors.ts";
import type { Future } from "../future.ts";
import { defaultHost } from "../host.ts";
import { watchUnstarted } from "../task/unawaited.ts";
import type { Awaitable } from "../types.ts";
import { EventLoop } from "./event-loop.ts";

/**
 * An event loop in virtual time: when nothing is ready its clock jumps to the next timer. It runs to the end
 * at once, takes no real time, and does the same each time, so it is the loop for tests and simulations.
 *
 * Nothing from outside can reach it while it runs: a coroutine that waits for a Promise or a socket is a deadlock.
 */
export class VirtualEventLoop extends EventLoop {
  private _main: Future<unknown> | null = null;

  /** @param options.start the first loop time, in milliseconds; 0 by default */
  constructor(options?: { readonly start?: number }) {
    super(defaultHost);
    this._clock = options?.start ?? 0;
  }

  /** Virtual milliseconds. */
  override time(): number {
    return this._clock;
  }

  override runUntilComplete<T>(main: Awaitable<T>): T {
    const { future, release } = this._stopWhenDone(main);
    try {
      this._runUntilStopped(future as Future<unknown>);
    } finally {
      release();
    }
    if (!future.done()) throw new RuntimeError(`the loop was stopped before main (${future._title()}) was done`);
    return future.result();
  }

  override runForever(): void {
    this._runUntilStopped(null);
  }

  /** Nothing ever has to wake it: it never sleeps. */
  protected override _wake(): void {}

  private _runUntilStopped(main: Future<unknown> | null): void {
    this._begin();
    try {
      this._main = main;
      this._asCurrent();
    } finally {
      this._main = null;
      this._end();
      watchUnstarted();
    }
  }

  protected override _iterate(): void {
    do this._iterateOnce();
    while (!this._stopping);
  }

  private _iterateOnce(): void {
    if (this._ready.size === 0 && !this._stopping) {
      this._ready.trim();
      const next = this._timers.peek();
      if (next === undefined) throw this._deadlock(this._main);
      if (next._when > this._clock) this._clock = next._when;
    }
    this._collectDue(this._clock);
    this._left = this._ready.size;
    while (this._left > 0) this._runSome(this._left);
  }
}
