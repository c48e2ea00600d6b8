/**
 * First in, first out, and anything in between can leave at once: a cancelled job frees its arguments without waiting
 * for its turn.
 */
export class Fifo<T> {
  private readonly _items = new Map<number, T>();
  private _first = 0;
  private _next = 0;

  /** How many wait. */
  get size(): number {
    return this._items.size;
  }

  /** Put an item last. Returns its ticket, for `remove`. */
  push(item: T): number {
    this._items.set(this._next, item);
    return this._next++;
  }

  /** Take the first item, undefined if there is none. */
  shift(): T | undefined {
    while (this._first < this._next) {
      const ticket = this._first++;
      const item = this._items.get(ticket);
      if (this._items.delete(ticket)) return item;
    }
    return undefined;
  }

  /** Take out the item with this ticket, if it is still there. */
  remove(ticket: number): void {
    this._items.delete(ticket);
  }

  /** The items, first one first, as they are now. */
  snapshot(): T[] {
    return [...this._items.values()];
  }
}
