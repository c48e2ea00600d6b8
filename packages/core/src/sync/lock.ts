import { RuntimeError } from "../errors.ts";
import { current } from "../loop/current.ts";
import type { Operation } from "../task/operation.ts";
import type { Task } from "../task/task.ts";
import type { Awaitable, Suspension } from "../types.ts";
import { Guard } from "./guard.ts";
import { Wait, WaitQueue } from "./waiters.ts";

/**
 * Lets one task at a time through, in the order they came. Source: asyncio `Lock`.
 *
 * ```ts
 * using _held = yield* lock;              // Python: async with lock
 * ```
 * Not re-entrant: a task that waits for a lock it holds waits for ever.
 */
export class Lock implements Awaitable<Guard> {
  private _locked = false;
  /** Who took it, for reports: asyncio's locks have no owner, and anyone may release them. */
  private _holder: Task<unknown> | null = null;
  private readonly _waiters = new WaitQueue(this);

  /** Whether it is held. */
  locked(): boolean {
    return this._locked;
  }

  /** Waits until it can be taken, and takes it. */
  acquire(): Operation<true> {
    return new Acquire<true>(this, this._waiters, true);
  }

  /** Takes it and gives a guard that releases it at the end of the block. */
  [Symbol.iterator](): Iterator<Suspension, Guard, unknown> {
    return new Acquire<Guard>(this, this._waiters, null)[Symbol.iterator]();
  }

  /**
   * Gives it up and wakes the first who waits.
   * @throws RuntimeError if it is not held
   */
  release(): void {
    if (!this._locked) {
      throw new RuntimeError(
        "release() of a Lock that is not held: each acquire() needs one release(), which `using _held = yield* lock` does by itself",
      );
    }
    this._locked = false;
    this._holder = null;
    this._waiters.wakeFirst();
  }

  toString(): string {
    const { size } = this._waiters;
    return `<Lock ${this._locked ? "locked" : "unlocked"}${size > 0 ? ` waiters=${size}` : ""}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** @internal Never past someone who waits (W1). */
  _take(): boolean {
    if (this._locked || this._waiters.hasLive()) return false;
    this._grant();
    return true;
  }

  /** @internal */
  _grant(): void {
    this._locked = true;
    this._holder = current.running._task;
  }

  /** @internal */
  _holders(): Task<unknown>[] {
    return this._holder === null ? [] : [this._holder];
  }

  /** @internal W2: whether woken or not, if the lock is free someone must be on the way to take it. */
  _passOn(): void {
    if (!this._locked) this._waiters.wakeFirst();
  }
}

class Acquire<T extends true | Guard> extends Wait<T> {
  declare private readonly _lock: Lock;
  declare private readonly _result: T | null;

  constructor(lock: Lock, waiters: WaitQueue, result: T | null) {
    super(waiters);
    this._lock = lock;
    this._result = result;
  }

  override get _title(): string {
    return "Lock.acquire()";
  }

  protected override _takeNow(): boolean {
    return this._lock._take();
  }

  protected override _granted(): void {
    this._lock._grant();
  }

  protected override _givenUp(): void {
    this._lock._passOn();
  }

  protected override _value(): T {
    return this._result ?? (new Guard(this._lock) as T);
  }
}
