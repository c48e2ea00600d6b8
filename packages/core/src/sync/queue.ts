import { QueueEmpty, QueueFull, QueueShutDown } from "../errors.ts";
import { PENDING } from "../future.ts";
import { Operation } from "../task/operation.ts";
import { done } from "../task/suspend.ts";
import type { Coroutine, Suspension } from "../types.ts";
import { Ring } from "../util/ring.ts";
import { Event } from "./event.ts";
import { type Waiter, WaitQueue } from "./waiters.ts";

/** What a queue keeps its items in; its order is the queue's. */
export interface Store<T> {
  readonly size: number;
  push(item: T): void;
  /** Takes the next item. */
  shift(): T | undefined;
}

/**
 * Hands items from tasks to tasks, first in, first out. Source: asyncio `Queue`.
 *
 * A wake-up is a hint and not the item: who is woken looks again, and waits again, at the end of the line, if
 * someone else was faster. So no item is ever in flight, and none can be lost by a cancellation.
 */
export class Queue<T> {
  /** The most items it holds; 0 or less: no limit. */
  readonly maxSize: number;
  /** @internal */ readonly _items: Store<T>;
  /** @internal */ readonly _getters = new WaitQueue(this);
  /** @internal */ readonly _putters = new WaitQueue(this);
  private _unfinished = 0;
  private readonly _finished = new Event();
  private _isShutDown = false;

  constructor(maxSize = 0) {
    if (typeof maxSize !== "number" || Number.isNaN(maxSize)) {
      throw new RangeError(`Expected \`maxSize\` of a ${new.target.name} to be a number, got ${String(maxSize)}`);
    }
    this.maxSize = maxSize;
    this._items = this._makeStore();
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
    return this.maxSize > 0 && this._items.size >= this.maxSize;
  }

  /** Adds an item; waits while the queue is full. Rejects with QueueShutDown once it is shut down. */
  put(item: T): Operation<void> {
    return new Put(this, item);
  }

  /** Adds an item without waiting. @throws QueueFull, QueueShutDown */
  putNowait(item: T): void {
    if (this._isShutDown) throw new QueueShutDown(`${this} was shut down: nothing can be put any more`);
    if (this.full()) throw new QueueFull(`putNowait() on ${this}, which is full`);
    this._add(item);
  }

  /** @internal There is room. */
  _add(item: T): void {
    this._items.push(item);
    if (this._unfinished++ === 0) this._finished.clear();
    this._getters.releaseNext();
  }

  /** Takes the next item; waits while there is none. Rejects with QueueShutDown when it is empty and shut down. */
  get(): Operation<T> {
    return new Get(this);
  }

  /** Takes the next item without waiting. @throws QueueEmpty; QueueShutDown when it is empty and shut down */
  getNowait(): T {
    if (this._items.size === 0) {
      if (this._isShutDown) throw new QueueShutDown(`${this} was shut down and is empty`);
      throw new QueueEmpty(`getNowait() on ${this}, which is empty`);
    }
    return this._take();
  }

  /** @internal There is one. */
  _take(): T {
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

  /**
   * Ends the queue: nothing can be put from here on, and `get` takes what is left and then throws QueueShutDown.
   * All who wait are woken. Source: asyncio `Queue.shutdown`.
   * @param immediate drops what is left, and counts it as dealt with
   */
  shutdown(immediate = false): void {
    this._isShutDown = true;
    if (immediate) {
      while (!this.empty()) {
        this._items.shift();
        if (this._unfinished > 0) this._unfinished--;
      }
      if (this._unfinished === 0) this._finished.set();
    }
    this._getters.releaseAll();
    this._putters.releaseAll();
  }

  toString(): string {
    const limit = this.maxSize > 0 ? ` maxSize=${this.maxSize}` : "";
    const state = this._isShutDown ? " shutdown" : "";
    return `<${this.constructor.name} size=${this.qsize()}${limit}${state} getters=${this._getters.size} putters=${this._putters.size}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** @internal */
  get _down(): boolean {
    return this._isShutDown;
  }

  /** @internal Called by the constructor. */
  protected _makeStore(): Store<T> {
    return new Ring<T>();
  }
}

/** A `get` or a `put`: waits while it is blocked, then makes the move. Most are not, and come no further than `next`. */
abstract class Transfer<T, R> extends Operation<R> {
  declare protected readonly _queue: Queue<T>;
  declare protected _waiter: Waiter | null;

  constructor(queue: Queue<T>) {
    super();
    this._waiter = null;
    this._queue = queue;
  }

  protected abstract _waiters(): WaitQueue;
  protected abstract _blocked(): boolean;
  protected abstract _move(): R;

  protected _wait(): IteratorResult<Suspension, R> {
    // Not yet: a second task was given the coroutine that waits here.
    if (this._waiter?._state === PENDING) return this._waiter.next() as IteratorResult<Suspension, R>;
    if (this._waiter?.cancelled()) this.throw(this._waiter._takeCancelledError());
    // Of a queue that was shut down nothing is waited for: the move itself throws what is to be thrown.
    if (!this._blocked() || this._queue._down) return done(this._move());
    this._waiter = this._waiters().enter();
    return this._waiter.next() as IteratorResult<Suspension, R>;
  }

  /** If it had been woken, the way may still be free for the next in line. */
  protected override _interrupted(): void {
    const waiter = this._waiter as Waiter;
    const waiters = this._waiters();
    waiter.cancel();
    waiters.leave(waiter);
    if (!waiter.cancelled() && !this._blocked()) waiters.releaseNext();
  }
}

class Get<T> extends Transfer<T, T> {
  override get _title(): string {
    return "Queue.get()";
  }

  override next(): IteratorResult<Suspension, T> {
    return this._waiter === null && !this._blocked() ? done(this._queue._take()) : this._wait();
  }

  protected override _waiters(): WaitQueue {
    return this._queue._getters;
  }

  protected override _blocked(): boolean {
    return this._queue._items.size === 0;
  }

  protected override _move(): T {
    return this._queue.getNowait();
  }
}

class Put<T> extends Transfer<T, void> {
  declare private readonly _item: T;

  constructor(queue: Queue<T>, item: T) {
    super(queue);
    this._item = item;
  }

  override get _title(): string {
    return "Queue.put()";
  }

  override next(): IteratorResult<Suspension, void> {
    if (this._waiter !== null || this._queue._down || this._blocked()) return this._wait();
    this._queue._add(this._item);
    return done(undefined);
  }

  protected override _waiters(): WaitQueue {
    return this._queue._putters;
  }

  protected override _blocked(): boolean {
    return this._queue.full();
  }

  protected override _move(): void {
    this._queue.putNowait(this._item);
  }
}
