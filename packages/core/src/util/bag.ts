/** What a bag holds: its place lies in it, so a thing is in one bag at most. */
export interface BagItem {
  /** Its place in the bag; -1 while it is in none. */
  _place: number;
}

/** A set in no order, whose items know their places: adding and removing are O(1) and allocate nothing. */
export class Bag<T extends BagItem> {
  private readonly _items: T[] = [];

  get size(): number {
    return this._items.length;
  }

  /** Costs O(1) for an item that is in some bag, which must then be this one. */
  has(item: T): boolean {
    return item._place >= 0;
  }

  /** The item must be in no bag. */
  add(item: T): void {
    item._place = this._items.length;
    this._items.push(item);
  }

  /** The item must be in this bag. The last one takes its place. */
  delete(item: T): void {
    const place = item._place;
    const last = this._items.pop() as T;
    item._place = -1;
    if (last === item) return;
    this._items[place] = last;
    last._place = place;
  }

  [Symbol.iterator](): Iterator<T> {
    return this._items[Symbol.iterator]();
  }
}
