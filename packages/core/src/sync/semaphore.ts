import { current } from "../loop/current.ts";
import type { Operation } from "../task/operation.ts";
import type { Task } from "../task/task.ts";
import type { Awaitable, Suspension } from "../types.ts";
import { LinkedList, type ListNode } from "../util/linked-list.ts";
import { Guard } from "./guard.ts";
import { Wait, WaitQueue } from "./waiters.ts";

/**
 * Lets `value` tasks at a time through, in the order they came. Source: asyncio `Semaphore`.
 *
 * ```ts
 * using _permit = yield* semaphore;       // Python: async with semaphore
 * ```
 */
export class Semaphore implements Awaitable<Guard> {
  private _value: number;
  private readonly _initial: number;
  private readonly _waiters = new WaitQueue(this);
  /** Permits held by guards, for reports; those of `acquire()` can't be told apart. */
  private readonly _permits = new LinkedList<Permit>();
  private _permitCount = 0;

  /**
   * @param value how many permits there are; 1 by default
   * @throws RangeError if it is not a whole number of at least 0
   */
  constructor(value = 1) {
    if (!Number.isInteger(value) || value < 0) {
      throw new RangeError(
        `Expected \`value\` of a ${new.target.name} to be a whole number of at least 0, got ${value}`,
      );
    }
    this._value = value;
    this._initial = value;
  }

  /** Whether `acquire()` would have to wait: no permit is free, or others wait already. */
  locked(): boolean {
    return this._value === 0 || this._waiters.hasLive();
  }

  /** Waits until a permit is free, and takes it. */
  acquire(): Operation<true> {
    return new Acquire<true>(this, this._waiters, true);
  }

  /** Takes a permit and gives a guard that gives it back at the end of the block. */
  [Symbol.iterator](): Iterator<Suspension, Guard, unknown> {
    return new Acquire<Guard>(this, this._waiters, null)[Symbol.iterator]();
  }

  /** Gives a permit back; the first who waits gets it at once. */
  release(): void {
    this._value++;
    this._handOut(1);
  }

  toString(): string {
    const { size } = this._waiters;
    return `<${this.constructor.name} ${this.locked() ? "locked" : `unlocked value=${this._value}`}${size > 0 ? ` waiters=${size}` : ""}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** @internal */
  _guard(): Guard {
    // More are known than are taken: the oldest was given back by a `release()`, and its guard is forgotten.
    while (this._permits.head !== null && this._permitCount >= this._initial - this._value) {
      this._returned(this._permits.head);
    }
    const permit = new Permit(this);
    this._permits.push(permit);
    this._permitCount++;
    return permit;
  }

  /** @internal */
  _returned(permit: Permit): void {
    if (!this._permits.includes(permit)) return;
    this._permits.remove(permit);
    this._permitCount--;
  }

  /** @internal */
  _holders(): Task<unknown>[] {
    return [...this._permits].flatMap(({ _task }) => _task ?? []);
  }

  /** @internal Permits not handed out. */
  get _free(): number {
    return this._value;
  }

  /** @internal Never past someone who waits (W1). */
  _take(): boolean {
    if (this.locked()) return false;
    this._value--;
    return true;
  }

  /** @internal */
  _giveBack(): void {
    this._value++;
  }

  /** @internal A permit is taken for a waiter when it is woken, so nobody can take it in between. */
  _handOut(most: number): void {
    for (let i = most; i > 0 && this._value > 0; i--) {
      if (!this._waiters.wakeNext()) return;
      this._value--;
    }
  }
}

/** A Semaphore that can't be released more often than it was acquired. Source: asyncio `BoundedSemaphore`. */
export class BoundedSemaphore extends Semaphore {
  private readonly _bound: number;

  constructor(value = 1) {
    super(value);
    this._bound = value;
  }

  /** @throws RangeError if every permit is free already */
  override release(): void {
    if (this._free >= this._bound) {
      throw new RangeError(
        `release() of ${this}, all of whose ${this._bound} permits are free: each acquire() needs one release(), which \`using _permit = yield* semaphore\` does by itself`,
      );
    }
    super.release();
  }
}

/** A Guard that its semaphore knows of. */
class Permit extends Guard implements ListNode<Permit> {
  declare _previous: Permit | null;
  declare _following: Permit | null;
  declare readonly _task: Task<unknown> | null;

  constructor(semaphore: Semaphore) {
    super(semaphore);
    this._previous = null;
    this._following = null;
    this._task = current.running._task;
  }

  override [Symbol.dispose](): void {
    const semaphore = this._held as Semaphore | null;
    if (semaphore === null) return;
    this._held = null;
    semaphore._returned(this);
    semaphore.release();
  }
}

class Acquire<T extends true | Guard> extends Wait<T> {
  declare private readonly _semaphore: Semaphore;
  declare private readonly _result: T | null;

  constructor(semaphore: Semaphore, waiters: WaitQueue, result: T | null) {
    super(waiters);
    this._semaphore = semaphore;
    this._result = result;
  }

  override get _title(): string {
    return "Semaphore.acquire()";
  }

  protected override _takeNow(): boolean {
    return this._semaphore._take();
  }

  /** New waiters may have come while permits were free but the queue was not empty. */
  protected override _granted(): void {
    this._semaphore._handOut(Number.POSITIVE_INFINITY);
  }

  protected override _givenUp(woken: boolean): void {
    if (woken) this._semaphore._giveBack();
    this._semaphore._handOut(Number.POSITIVE_INFINITY);
  }

  protected override _value(): T {
    return this._result ?? (this._semaphore._guard() as T);
  }
}
