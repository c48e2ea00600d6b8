/** What the heap orders. `_when` is in milliseconds of loop time; `_cancelled` entries are dead weight. */
export interface HeapEntry {
  readonly _when: number;
  _cancelled: boolean;
  /** Number given by the heap, so that equal deadlines keep the order in which they were pushed. */
  _order: number;
}

/**
 * A binary heap of deadlines, earliest first, equal ones in the order they were pushed.
 *
 * Cancelling does not search the heap: the entry is marked and dropped when it reaches the top, or, once more
 * than half of over a hundred entries are dead, all dead ones are dropped at once. So a cancel costs O(1) and
 * cancelled timers never hold more memory than living ones (asyncio: `_run_once`, step 1).
 *
 * Invariant: `_dead` is the number of cancelled entries among `_entries`.
 */
export class TimerHeap<T extends HeapEntry> {
  private _entries: T[] = [];
  private _dead = 0;
  private _count = 0;

  /** Entries in the heap, cancelled ones that are still there included. */
  get size(): number {
    return this._entries.length;
  }

  push(entry: T): void {
    entry._order = this._count++;
    this._entries.push(entry);
    this._up(this._entries.length - 1);
  }

  /** To be told of each entry that was cancelled while in the heap. */
  noteCancelled(): void {
    this._dead++;
    if (this._entries.length > PRUNE_ABOVE && this._dead * 2 > this._entries.length) this._prune();
  }

  /** The earliest living entry, left where it is. */
  peek(): T | undefined {
    const entries = this._entries;
    while (entries.length > 0 && entries[0]!._cancelled) {
      this._removeTop();
      this._dead--;
    }
    return entries[0];
  }

  /** Takes the earliest living entry if its deadline is at or before `now`. */
  popDue(now: number): T | undefined {
    const top = this.peek();
    if (top === undefined || top._when > now) return undefined;
    this._removeTop();
    return top;
  }

  clear(): void {
    this._entries = [];
    this._dead = 0;
  }

  private _prune(): void {
    this._entries = this._entries.filter((entry) => !entry._cancelled);
    this._dead = 0;
    for (let i = (this._entries.length >> 1) - 1; i >= 0; i--) this._down(i);
  }

  private _removeTop(): void {
    const entries = this._entries;
    const last = entries.pop()!;
    if (entries.length === 0) return;
    entries[0] = last;
    this._down(0);
  }

  private _up(index: number): void {
    const entries = this._entries;
    const entry = entries[index]!;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!before(entry, entries[above]!)) break;
      entries[index] = entries[above]!;
      index = above;
    }
    entries[index] = entry;
  }

  private _down(index: number): void {
    const entries = this._entries;
    const entry = entries[index]!;
    const size = entries.length;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= size) break;
      if (below + 1 < size && before(entries[below + 1]!, entries[below]!)) below++;
      if (!before(entries[below]!, entry)) break;
      entries[index] = entries[below]!;
      index = below;
    }
    entries[index] = entry;
  }
}

const PRUNE_ABOVE = 100;

function before(a: HeapEntry, b: HeapEntry): boolean {
  return a._when < b._when || (a._when === b._when && a._order < b._order);
}
