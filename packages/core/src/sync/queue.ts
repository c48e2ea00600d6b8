import { QueueEmpty, QueueFull } from "../errors.ts";
import { Operation } from "../task/operation.ts";
import { done } from "../task/suspend.ts";
import type { Coroutine, Suspension } from "../types.ts";
import { Ring } from "../util/ring.ts";
import { Event } from "./event.ts";
import { type Waiter, WaitQueue } from "./waiters.ts";

/**
 * Hands items from tasks to tasks, first in, first out. Source: asyncio `Queue`.
 *
 * A wake-up is a hint and not the item: who is woken looks again, and waits again, at the end of the line, if
 * someone else was faster. So no item is ever in flight, and none can be lost by a cancellation.
 */
export class Queue<T> {
  /** The most items it holds; 0 or less: no limit. */
  readonly maxSize: number;
  private readonly _items = new Ring<T>();
  private readonly _getters = new WaitQueue(this);
  private readonly _putters = new WaitQueue(this);
  private _unfinished = 0;
  private readonly _finished = new Event();

  constructor(maxSize = 0) {
    if (typeof maxSize !== "number" || Number.isNaN(maxSize)) {
      throw new RangeError(`Expected \`maxSize\` of a Queue to be a number, got ${String(maxSize)}`);
    }
    this.maxSize = maxSize;
    this._finished.set();
  }

  /** How many items are in it. */
  qsize(): number {
    return this._items.size;
  }

  empty(): boolean {
    return this.qsize() === 0;
  }

  full(): boolean {
    return this.maxSize > 0 && this.qsize() >= this.maxSize;
  }

  /** Adds an item; waits while the queue is full. */
  put(item: T): Operation<void> {
    return new Transfer<void>(
      "Queue.put()",
      this._putters,
      () => this.full(),
      () => this.putNowait(item),
    );
  }

  /** Adds an item without waiting. @throws QueueFull */
  putNowait(item: T): void {
    if (this.full()) throw new QueueFull(`putNowait() on ${this}, which is full`);
    this._items.push(item);
    this._unfinished++;
    this._finished.clear();
    this._getters.releaseNext();
  }

  /** Takes the next item; waits while there is none. */
  get(): Operation<T> {
    return new Transfer<T>(
      "Queue.get()",
      this._getters,
      () => this.empty(),
      () => this.getNowait(),
    );
  }

  /** Takes the next item without waiting. @throws QueueEmpty */
  getNowait(): T {
    if (this.empty()) throw new QueueEmpty(`getNowait() on ${this}, which is empty`);
    const item = this._items.shift() as T;
    this._putters.releaseNext();
    return item;
  }

  /** Says that an item got from the queue has been dealt with, for `join()`. @throws RangeError if called too often */
  taskDone(): void {
    if (this._unfinished <= 0) throw new RangeError(`taskDone() on ${this} more often than items were put`);
    if (--this._unfinished === 0) this._finished.set();
  }

  /** Waits until `taskDone()` was called for each item put so far. */
  *join(): Coroutine<void> {
    if (this._unfinished > 0) yield* this._finished.wait();
  }

  toString(): string {
    const limit = this.maxSize > 0 ? ` maxSize=${this.maxSize}` : "";
    return `<${this.constructor.name} size=${this.qsize()}${limit} getters=${this._getters.size} putters=${this._putters.size}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** A `get` or a `put`: waits while it is blocked, then makes the move. */
class Transfer<R> extends Operation<R> {
  override readonly _title: string;
  private readonly _waiters: WaitQueue;
  private readonly _blocked: () => boolean;
  private readonly _move: () => R;
  private _waiter: Waiter | null = null;

  constructor(title: string, waiters: WaitQueue, blocked: () => boolean, move: () => R) {
    super();
    this._title = title;
    this._waiters = waiters;
    this._blocked = blocked;
    this._move = move;
  }

  override next(): IteratorResult<Suspension, R> {
    if (this._waiter?.cancelled()) this.throw(this._waiter._takeCancelledError());
    if (!this._blocked()) return done(this._move());
    this._waiter = this._waiters.enter();
    return this._waiter.next() as IteratorResult<Suspension, R>;
  }

  /** If it had been woken, the way may still be free for the next in line. */
  override throw(error: unknown): never {
    const waiter = this._waiter as Waiter;
    waiter.cancel();
    this._waiters.leave(waiter);
    if (!waiter.cancelled() && !this._blocked()) this._waiters.releaseNext();
    throw error;
  }
}
