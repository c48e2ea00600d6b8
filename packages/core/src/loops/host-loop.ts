import { RuntimeError } from "../errors.ts";
import type { Future } from "../future.ts";
import { defaultHost, type Host } from "../host.ts";
import { current } from "../loop/current.ts";
import type { Runnable } from "../loop/handle.ts";
import { watchUnstarted } from "../task/unawaited.ts";
import type { Awaitable } from "../types.ts";
import { EventLoop } from "./event-loop.ts";

/** Milliseconds a loop may run before it lets the host look at its I/O and timers. */
const BUDGET = 2;
/** Runnables between two looks at the clock, which costs as much as running one; fewer when they are slow. */
const MOST_PER_LOOK = 64;
/** Milliseconds between two looks that are too many. */
const SLOW_PORTION = 0.5;

/**
 * An event loop that is a guest on the JavaScript host's own: sockets, timers and Promises of the host go on while
 * it runs, and several of these may run in one process.
 *
 *    host turn:  | I/O |  turn of ours: many iterations, at most BUDGET ms  | I/O, timers |  turn …
 *
 * A turn begins as a microtask when something becomes ready while the loop sleeps, and ends when nothing is ready
 * or the budget is spent. The rest then waits for a macrotask, before which the host serves its I/O. The budget
 * is counted from the last macrotask of ours and not from the last turn, or Promises that wake the loop again and
 * again could starve the host by microtasks alone.
 *
 * The clock is read once in a while (`_look`), and timers fall due by that reading: so a timer is late by the
 * time of MOST_PER_LOOK runnables at most, or about half a millisecond when they are slow.
 */
export class HostEventLoop extends EventLoop {
  private _budgetEnd = 0;
  private _sinceLook = 0;
  private _perLook = MOST_PER_LOOK;
  /** The budget is spent: the next turn must be a macrotask. */
  private _spent = false;
  private _cancelTimer: (() => void) | null = null;
  private _timerAt = Number.POSITIVE_INFINITY;
  private _finish: ((error: Error | null) => void) | null = null;
  private _main: Future<unknown> | null = null;

  constructor(host: Host = defaultHost) {
    super(host);
  }

  override time(): number {
    return this._host.now();
  }

  override async runUntilComplete<T>(main: Awaitable<T>): Promise<T> {
    const { future, release } = this._stopWhenDone(main);
    try {
      await this._runUntilStopped(future as Future<unknown>);
    } finally {
      release();
    }
    if (!future.done()) throw new RuntimeError(`the loop was stopped before main (${future._title()}) was done`);
    return future.result();
  }

  override async runForever(): Promise<void> {
    await this._runUntilStopped(null);
  }

  private _runUntilStopped(main: Future<unknown> | null): Promise<void> {
    this._begin();
    const forgetIdle = this._host.onIdle(() => this._hostIsIdle());
    return new Promise((resolve, reject) => {
      this._main = main;
      this._finish = (error) => {
        this._finish = null;
        this._main = null;
        this._awake = true;
        this._setHostTimer(Number.POSITIVE_INFINITY);
        forgetIdle();
        this._end();
        watchUnstarted();
        if (error === null) resolve();
        else reject(error);
      };
      this._host.microtask(this._microtaskTurn);
    });
  }

  /** The host would end the process: if we sleep and no timer of ours is set, nothing will ever wake us. */
  private _hostIsIdle(): void {
    if (!this._awake && this._timers.peek() === undefined) this._finish?.(this._deadlock(this._main));
  }

  protected override _wake(): void {
    this._awake = true;
    if (this._spent) this._host.macrotask(this._macrotaskTurn);
    else this._host.microtask(this._microtaskTurn);
  }

  override _settleFromHost(future: Future<unknown>, ok: boolean, outcome: unknown): void {
    // A thenable that is no Promise may call back from anywhere, from a task of another loop for one.
    const inPlace = !this._awake && !this._spent && current.loop === null;
    if (inPlace) this._awake = true;
    super._settleFromHost(future, ok, outcome);
    if (inPlace) this._turn();
  }

  override _runFromHost(runnable: Runnable): void {
    const inPlace = !this._awake && !this._spent && current.loop === null;
    if (inPlace) this._awake = true;
    super._runFromHost(runnable);
    if (!inPlace) return;
    // Most often it wakes a task, which is the next iteration: not one runnable, as `_turn` would hope.
    this._asCurrent();
    this._turned();
  }

  private readonly _microtaskTurn = (): void => {
    if (this._finish !== null) this._turn();
  };

  private readonly _macrotaskTurn = (): void => {
    if (this._finish === null) return;
    this._clock = this._host.now();
    this._sinceLook = 0;
    this._spent = false;
    this._budgetEnd = this._clock + BUDGET;
    this._turn();
  };

  private readonly _timerTurn = (): void => {
    this._cancelTimer = null;
    this._timerAt = Number.POSITIVE_INFINITY;
    // A turn that is on its way already will find the timer due; a second one would never end on its own.
    if (this._awake) return;
    this._awake = true;
    this._macrotaskTurn();
  };

  private _turn(): void {
    // A Promise of the host wakes one task, most often, which then waits for the next.
    if (this._isSimple()) {
      this._sinceLook++;
      this._asCurrent(this._ready.take());
      if (this._ready.size > 0 && !this._stopping) this._asCurrent();
    } else this._asCurrent();
    this._turned();
  }

  private _turned(): void {
    watchUnstarted();
    if (this._stopping && this._left === 0) this._finish?.(null);
    else if (this._left > 0 || this._ready.size > 0) this._host.macrotask(this._macrotaskTurn);
    else this._sleep();
  }

  private _isSimple(): boolean {
    return (
      this._ready.size === 1 &&
      this._left === 0 &&
      this._timers.size === 0 &&
      this._sinceLook < this._perLook &&
      !this._debug
    );
  }

  /** Iterations until nothing is ready, `stop()` was called or the budget is spent. */
  protected override _iterate(): void {
    for (;;) {
      if (this._left === 0) {
        if (this._timers.size > 0) {
          if (this._ready.size === 0) this._clock = this._host.now();
          this._collectDue(this._clock);
        }
        this._left = this._ready.size;
        if (this._left === 0 && !this._stopping) return;
      }
      this._sinceLook += this._runSome(this._perLook - this._sinceLook);
      if (this._left === 0 && this._stopping) return;
      if (this._sinceLook >= this._perLook) {
        this._look();
        if (this._clock >= this._budgetEnd) {
          this._spent = true;
          return;
        }
      }
    }
  }

  private _look(): void {
    const now = this._host.now();
    // Slow runnables are counted in smaller portions. Time slept in between only makes the next portion smaller.
    const passed = now - this._clock;
    if (passed > SLOW_PORTION) this._perLook = Math.max(1, Math.floor((this._perLook * SLOW_PORTION) / passed));
    else if (this._perLook < MOST_PER_LOOK) this._perLook <<= 1;
    this._sinceLook = 0;
    this._clock = now;
  }

  private _sleep(): void {
    this._awake = false;
    const next = this._timers.peek();
    if (next !== undefined) this._setHostTimer(next._when);
    else if (this._cancelTimer !== null) this._setHostTimer(Number.POSITIVE_INFINITY);
    this._ready.trim();
  }

  /** One timer of the host, for our earliest deadline. One that comes too early does no harm, so it may stay. */
  private _setHostTimer(when: number): void {
    if (when >= this._timerAt && when !== Number.POSITIVE_INFINITY) return;
    this._cancelTimer?.();
    this._cancelTimer = null;
    this._timerAt = when;
    if (when === Number.POSITIVE_INFINITY) return;
    this._cancelTimer = this._host.timer(this._timerTurn, Math.max(0, Math.ceil(when - this._host.now())));
  }
}
