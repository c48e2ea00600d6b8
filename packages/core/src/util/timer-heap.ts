/** What the heap orders. `_when` is in milliseconds of loop time; `_cancelled` entries are dead weight. */
export interface HeapEntry {
  /** @internal */ readonly _when: number;
  /** @internal */ _cancelled: boolean;
  /** @internal Number given by the heap, so that equal deadlines keep the order in which they were pushed. */
  _order: number;
}

/**
 * A heap of deadlines, earliest first, equal ones in the order they were pushed.
 *
 * Cancelling does not search the heap: the entry is marked and dropped when it reaches the top, or, once more
 * than half of over a hundred entries are dead, all dead ones are dropped at once. So a cancel costs O(1) and
 * cancelled timers never hold more memory than living ones (asyncio: `_run_once`, step 1).
 *
 * Each entry has four below it, and the deadlines lie apart from the entries, one beside the other: so few entries are
 * looked at on the way down, and none of them is fetched but where two deadlines are equal.
 *
 * Invariants: `_dead` is the number of cancelled entries in the heap; `_whens[i]` is the deadline of `_entries[i]`;
 * `earliest` is at or before the deadline of all of them.
 */
export class TimerHeap<T extends HeapEntry> {
  /** The deadline on top, of a cancelled entry perhaps; Infinity while there is none. */
  earliest: number = Number.POSITIVE_INFINITY;
  private _entries: T[] = [];
  private _whens: number[] = [];
  private _dead = 0;
  private _count = 0;

  /** Entries in the heap, cancelled ones that are still there included. */
  get size(): number {
    return this._entries.length;
  }

  push(entry: T): void {
    entry._order = this._count++;
    this._entries.push(entry);
    this._whens.push(entry._when);
    this._up(this._entries.length - 1, entry);
    this.earliest = this._whens[0] as number;
  }

  /** To be told of each entry that was cancelled while in the heap. */
  noteCancelled(): void {
    this._dead++;
    const { size } = this;
    if (size <= PRUNE_ABOVE || this._dead * 2 <= size) return;
    this._fill(this._entries.filter((entry) => !entry._cancelled));
  }

  /** The earliest living entry, left where it is. */
  peek(): T | undefined {
    let top = this._entries[0];
    while (top?._cancelled) {
      this._pop();
      this._dead--;
      top = this._entries[0];
    }
    return top;
  }

  /** Takes the earliest living entry if its deadline is at or before `now`. */
  popDue(now: number): T | undefined {
    if (this.earliest > now) return undefined;
    const top = this.peek();
    if (top === undefined || top._when > now) return undefined;
    this._pop();
    return top;
  }

  clear(): void {
    this._fill([]);
  }

  private _fill(entries: T[]): void {
    this._entries = entries;
    this._whens = entries.map(({ _when }) => _when);
    this._dead = 0;
    for (let i = (entries.length - 2) >> 2; i >= 0; i--) this._down(i, entries[i] as T);
    this.earliest = this._whens[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Drops the top. */
  private _pop(): void {
    const last = this._entries.pop() as T;
    this._whens.pop();
    if (this._entries.length > 0) this._down(0, last);
    this.earliest = this._whens[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Puts `entry` at `index`, or above that. */
  private _up(index: number, entry: T): void {
    const entries = this._entries;
    const whens = this._whens;
    const when = entry._when;
    let at = index;
    while (at > 0) {
      const above = (at - 1) >> 2;
      const whenAbove = whens[above] as number;
      // One that is pushed has the highest number of all.
      if (whenAbove <= when) break;
      entries[at] = entries[above] as T;
      whens[at] = whenAbove;
      at = above;
    }
    entries[at] = entry;
    whens[at] = when;
  }

  /** Puts `entry` at `index`, or below that. */
  private _down(index: number, entry: T): void {
    const entries = this._entries;
    const whens = this._whens;
    const size = entries.length;
    const when = entry._when;
    let at = index;
    for (;;) {
      const first = 4 * at + 1;
      if (first >= size) break;
      let least = first;
      const end = Math.min(first + 4, size);
      for (let i = first + 1; i < end; i++) if (this._isBefore(i, least)) least = i;
      const whenLeast = whens[least] as number;
      if (whenLeast > when || (whenLeast === when && (entries[least] as T)._order > entry._order)) break;
      entries[at] = entries[least] as T;
      whens[at] = whenLeast;
      at = least;
    }
    entries[at] = entry;
    whens[at] = when;
  }

  private _isBefore(a: number, b: number): boolean {
    const whenA = this._whens[a] as number;
    const whenB = this._whens[b] as number;
    if (whenA !== whenB) return whenA < whenB;
    return (this._entries[a] as T)._order < (this._entries[b] as T)._order;
  }
}

const PRUNE_ABOVE = 100;
