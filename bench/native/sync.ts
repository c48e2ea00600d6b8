/**
 * What people write, or install, to have a semaphore, a lock, a queue and an event with Promises. Handed over directly to
 * who waits, as the good packages do; none of them can be cancelled.
 */
import { Fifo } from "./fifo.ts";

/** With one permit it is a lock. */
export class NativeSemaphore {
  private _free: number;
  private readonly _waiting = new Fifo<() => void>();

  constructor(permits: number) {
    this._free = permits;
  }

  /** Nothing to wait for if there is a permit. */
  acquire(): Promise<void> | undefined {
    if (this._free > 0) {
      this._free--;
      return undefined;
    }
    return new Promise((resolve) => {
      this._waiting.push(resolve);
    });
  }

  release(): void {
    const next = this._waiting.shift();
    if (next === undefined) this._free++;
    else next();
  }
}

export class NativeQueue<T> {
  private readonly _limit: number;
  private readonly _items = new Fifo<T>();
  private readonly _getters = new Fifo<(item: T) => void>();
  private readonly _putters = new Fifo<() => void>();

  constructor(limit: number) {
    this._limit = limit;
  }

  async put(item: T): Promise<void> {
    const getter = this._getters.shift();
    if (getter !== undefined) return getter(item);
    if (this._items.size < this._limit) return this._items.push(item);
    return new Promise((resolve) => {
      this._putters.push(() => {
        this._items.push(item);
        resolve();
      });
    });
  }

  async get(): Promise<T> {
    if (this._items.size === 0) {
      return new Promise((resolve) => {
        this._getters.push(resolve);
      });
    }
    const item = this._items.shift() as T;
    this._putters.shift()?.();
    return item;
  }
}

/** All who wait share one Promise. */
export class NativeEvent {
  private _gate = Promise.withResolvers<void>();

  wait(): Promise<void> {
    return this._gate.promise;
  }

  set(): void {
    this._gate.resolve();
  }

  clear(): void {
    this._gate = Promise.withResolvers();
  }
}
