import { CancelledError, RuntimeError } from "../errors.ts";
import type { Operation } from "../task/operation.ts";
import type { Awaitable, Coroutine, Suspension } from "../types.ts";
import type { Guard } from "./guard.ts";
import { Lock } from "./lock.ts";
import { WaitQueue } from "./waiters.ts";

/**
 * Lets tasks that hold a lock wait until another one tells them that something has changed. Source: asyncio `Condition`.
 *
 * ```ts
 * using _held = yield* condition;
 * yield* condition.waitFor(() => items.length > 0);
 * ```
 */
export class Condition implements Awaitable<Guard> {
  private readonly _lock: Lock;
  private readonly _waiters = new WaitQueue(this);

  /** @param lock its lock, which several conditions may share; one of its own by default */
  constructor(lock: Lock = new Lock()) {
    if (!(lock instanceof Lock))
      throw new TypeError(`Expected \`lock\` of a Condition to be a Lock, got ${String(lock)}`);
    this._lock = lock;
  }

  /** Whether its lock is held. */
  locked(): boolean {
    return this._lock.locked();
  }

  /** Waits until the lock can be taken, and takes it. */
  acquire(): Operation<true> {
    return this._lock.acquire();
  }

  /** Takes the lock and gives a guard that releases it at the end of the block. */
  [Symbol.iterator](): Iterator<Suspension, Guard, unknown> {
    return this._lock[Symbol.iterator]();
  }

  /** Releases the lock. @throws RuntimeError if it is not held */
  release(): void {
    this._lock.release();
  }

  /**
   * Releases the lock, waits to be notified and takes the lock again: also when it is cancelled, however often, before the
   * last CancelledError is thrown. May return without a notification of its own, so look at what is waited for again, or
   * use `waitFor`.
   * @throws RuntimeError if the lock is not held
   */
  *wait(): Coroutine<true> {
    this._mustBeHeld("wait");
    const waiter = this._waiters.enter();
    this.release();
    try {
      try {
        yield* waiter;
      } finally {
        this._waiters.leave(waiter);
        yield* this._takeAgain();
      }
      return true;
    } catch (error) {
      // It may have been notified before; then the notification is another's.
      this._waiters.wakeNext();
      throw error;
    }
  }

  /** Waits until `predicate()` gives something true, which is returned; asked each time it is notified. */
  *waitFor<T>(predicate: () => T): Coroutine<T> {
    let result = predicate();
    while (!result) {
      yield* this.wait();
      result = predicate();
    }
    return result;
  }

  /** Wakes the first `n` who wait; they go on when they have the lock. @throws RuntimeError if it is not held */
  notify(n = 1): void {
    this._mustBeHeld("notify");
    for (let i = 0; i < n && this._waiters.wakeNext(); i++);
  }

  /** Wakes all who wait. @throws RuntimeError if the lock is not held */
  notifyAll(): void {
    this.notify(Number.POSITIVE_INFINITY);
  }

  toString(): string {
    const { size } = this._waiters;
    return `<Condition ${this.locked() ? "locked" : "unlocked"}${size > 0 ? ` waiters=${size}` : ""}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  private *_takeAgain(): Coroutine<void> {
    let cancelled: CancelledError | null = null;
    for (;;) {
      try {
        yield* this._lock.acquire();
        break;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        cancelled = error;
      }
    }
    if (cancelled !== null) throw cancelled;
  }

  private _mustBeHeld(asked: string): void {
    if (this.locked()) return;
    throw new RuntimeError(
      `${asked}() on ${this}, whose lock is not held: do it in a block with \`using _held = yield* condition\``,
    );
  }
}
