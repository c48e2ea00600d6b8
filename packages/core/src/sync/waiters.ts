import { RuntimeError } from "../errors.ts";
import { FINISHED, Future, PENDING } from "../future.ts";
import { getRunningLoop } from "../loop/current.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { Operation } from "../task/operation.ts";
import { done } from "../task/suspend.ts";
import type { Task } from "../task/task.ts";
import type { Suspension } from "../types.ts";
import { LinkedList, type ListNode } from "../util/linked-list.ts";

/** What is waited for, as messages and reports need it. */
export interface Owner {
  toString(): string;
  /** The tasks that hold it; those that took it outside of tasks, or by hand, may be missing. */
  _holders?(): readonly Task<unknown>[];
}

/**
 * The one wait queue under every primitive: fair, and right when a wake-up and a cancellation meet.
 *
 * A waiter is a future in a list. Waking one only gives its future a result; its task runs an iteration later,
 * and in between anything may happen: the task may be cancelled, others may arrive. So:
 *
 * W1. A waiter stays in the list until its task has run. Who is in the list has not been served, and nobody who
 *     comes later may pass it.
 * W2. A waiter that was woken and then cancelled must hand on what it was woken for; `Wait` asks its primitive to,
 *     in `_givenUp`, at the moment the task learns of it.
 * W3. Waiters before `_pendingFrom` are all done; so finding the next one to wake costs O(1) over time.
 *
 * Source: asyncio `Lock`, `Semaphore`, `Event`, `Queue`, which have this five times.
 */
export class WaitQueue {
  private readonly _list = new LinkedList<Waiter>();
  private _pendingFrom: Waiter | null = null;
  private _loop: EventLoop | null = null;
  private readonly _owner: Owner;

  /** @param owner what is waited for, for messages */
  constructor(owner: Owner) {
    this._owner = owner;
  }

  /** Waiters whose tasks have not run since they were woken or cancelled, or that are still waiting. */
  get size(): number {
    let size = 0;
    for (const _ of this._list) size++;
    return size;
  }

  /** Puts a new waiter of the running loop at the end. */
  enter(): Waiter {
    const loop = getRunningLoop();
    this._loop ??= loop;
    if (this._loop !== loop) {
      throw new RuntimeError(
        `${this._owner} is bound to a different event loop: one made in one run() can't be waited for in another; make one in each run(), or have one run() for all`,
      );
    }
    const waiter = new Waiter(loop, this._owner);
    this._list.push(waiter);
    this._pendingFrom ??= waiter;
    return waiter;
  }

  /** Takes a waiter out, wherever it is; nothing happens if it is out already. */
  leave(waiter: Waiter): void {
    if (waiter._left) return;
    waiter._left = true;
    if (this._pendingFrom === waiter) this._pendingFrom = waiter._following;
    this._list.remove(waiter);
  }

  /** Wakes the first in the list, unless it was woken or cancelled and has yet to run. */
  wakeFirst(): void {
    const first = this._list.head;
    if (first !== null && first._state === PENDING) first._settle(FINISHED);
  }

  /** Wakes the first that is neither woken nor cancelled; false if there is none. */
  wakeNext(): boolean {
    const waiter = this._nextPending();
    if (waiter === null) return false;
    waiter._settle(FINISHED);
    return true;
  }

  /** As `wakeNext`, and takes it out of the list, with those before it. */
  releaseNext(): boolean {
    for (let waiter = this._list.head; waiter !== null; waiter = this._list.head) {
      this.leave(waiter);
      if (waiter._state !== PENDING) continue;
      waiter._settle(FINISHED);
      return true;
    }
    return false;
  }

  /** Wakes all and takes them out. */
  releaseAll(): void {
    let waiter = this._list.head;
    this._list.clear();
    this._pendingFrom = null;
    while (waiter !== null) {
      const next = waiter._following;
      waiter._left = true;
      waiter._previous = null;
      waiter._following = null;
      if (waiter._state === PENDING) waiter._settle(FINISHED);
      waiter = next;
    }
  }

  /** Whether anyone is in the list who was not cancelled. */
  hasLive(): boolean {
    for (let waiter = this._list.head; waiter !== null; waiter = waiter._following) {
      if (!waiter.cancelled()) return true;
    }
    return false;
  }

  private _nextPending(): Waiter | null {
    let waiter = this._pendingFrom;
    while (waiter !== null && waiter._state !== PENDING) waiter = waiter._following;
    this._pendingFrom = waiter;
    return waiter;
  }
}

/** One who waits in a WaitQueue. */
export class Waiter extends Future<void> implements ListNode<Waiter> {
  declare _previous: Waiter | null;
  declare _following: Waiter | null;
  declare _left: boolean;
  declare private readonly _owner: Owner;

  constructor(loop: EventLoop, owner: Owner) {
    super(loop._plain);
    this._previous = null;
    this._following = null;
    this._left = false;
    this._owner = owner;
  }

  override _holders(): readonly Task<unknown>[] {
    return this._owner._holders?.() ?? [];
  }

  override _blockers(): Task<unknown>[] {
    return [...this._holders()];
  }

  override _describe(depth: number): string {
    return `${super._describe(depth)} of ${this._owner}`;
  }
}

/** One wait in one queue, as `yield*` drives it. What it waits for is told by the four methods below. */
export abstract class Wait<T> extends Operation<T> {
  declare private readonly _queue: WaitQueue;
  declare private _waiter: Waiter | null;

  constructor(queue: WaitQueue) {
    super();
    this._waiter = null;
    this._queue = queue;
  }

  /** Takes what is wanted if it can be had without waiting. */
  protected abstract _takeNow(): boolean;
  /** Woken, and out of the queue. */
  protected abstract _granted(): void;
  /** Cancelled, and out of the queue; `woken`: it had been woken before. */
  protected abstract _givenUp(woken: boolean): void;
  /** The result of the wait. */
  protected abstract _value(): T;

  override next(): IteratorResult<Suspension, T> {
    const waiter = this._waiter;
    if (waiter === null) {
      if (this._takeNow()) return done(this._value());
      this._waiter = this._queue.enter();
      return this._waiter.next() as IteratorResult<Suspension, T>;
    }
    // Not yet: a second task was given the coroutine that waits here.
    if (waiter._state === PENDING) return waiter.next() as IteratorResult<Suspension, T>;
    if (waiter._state !== FINISHED) this.throw(waiter._takeCancelledError());
    if (!waiter._left) this._queue.leave(waiter);
    this._granted();
    return done(this._value());
  }

  protected override _interrupted(): void {
    const waiter = this._waiter as Waiter;
    this._queue.leave(waiter);
    this._givenUp(waiter.done() && !waiter.cancelled());
  }
}
