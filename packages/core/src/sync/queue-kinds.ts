import { Heap } from "../util/heap.ts";
import { Queue, type Store } from "./queue.ts";

/** A Queue that gives the item put last first. Source: asyncio `LifoQueue`. */
export class LifoQueue<T> extends Queue<T> {
  /** @internal */
  protected override _makeStore(): Store<T> {
    return new Stack<T>();
  }
}

/**
 * A Queue that gives the smallest item first: by `<`, arrays by their members in turn, so that `[priority, item]` works
 * as in Python. Source: asyncio `PriorityQueue`.
 */
export class PriorityQueue<T> extends Queue<T> {
  /** @internal */
  protected override _makeStore(): Store<T> {
    return new Sorted<T>();
  }
}

class Stack<T> implements Store<T> {
  private readonly _items: T[] = [];

  get size(): number {
    return this._items.length;
  }

  push(item: T): void {
    this._items.push(item);
  }

  shift(): T | undefined {
    return this._items.pop();
  }
}

class Sorted<T> implements Store<T> {
  private readonly _items = new Heap<T>(isLess);

  get size(): number {
    return this._items.size;
  }

  push(item: T): void {
    this._items.push(item);
  }

  shift(): T | undefined {
    return this._items.pop();
  }
}

function isLess(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return (a as number) < (b as number);
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (isLess(a[i], b[i])) return true;
    if (isLess(b[i], a[i])) return false;
  }
  return a.length < b.length;
}
