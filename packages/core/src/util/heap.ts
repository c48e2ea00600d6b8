/** A binary heap: the item that comes before all others is on top. Equal items come out in no particular order. */
export class Heap<T> {
  private readonly _items: T[] = [];
  private readonly _before: (a: T, b: T) => boolean;

  /** @param before whether `a` must come out before `b` */
  constructor(before: (a: T, b: T) => boolean) {
    this._before = before;
  }

  get size(): number {
    return this._items.length;
  }

  /** The top item, left where it is. */
  peek(): T | undefined {
    return this._items[0];
  }

  push(item: T): void {
    this._items.push(item);
    this._up(this._items.length - 1);
  }

  /** Takes the top item; `undefined` if there is none. */
  pop(): T | undefined {
    const items = this._items;
    const top = items[0];
    const last = items.pop();
    if (items.length > 0) {
      items[0] = last as T;
      this._down(0);
    }
    return top;
  }

  private _up(index: number): void {
    const items = this._items;
    const item = items[index] as T;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!this._before(item, items[above] as T)) break;
      items[index] = items[above] as T;
      index = above;
    }
    items[index] = item;
  }

  private _down(index: number): void {
    const items = this._items;
    const item = items[index] as T;
    const size = items.length;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= size) break;
      if (below + 1 < size && this._before(items[below + 1] as T, items[below] as T)) below++;
      if (!this._before(items[below] as T, item)) break;
      items[index] = items[below] as T;
      index = below;
    }
    items[index] = item;
  }
}
