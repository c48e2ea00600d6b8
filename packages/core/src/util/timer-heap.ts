import { Heap } from "./heap.ts";

/** What the heap orders. `_when` is in milliseconds of loop time; `_cancelled` entries are dead weight. */
export interface HeapEntry {
  readonly _when: number;
  _cancelled: boolean;
  /** Number given by the heap, so that equal deadlines keep the order in which they were pushed. */
  _order: number;
}

/**
 * A heap of deadlines, earliest first, equal ones in the order they were pushed.
 *
 * Cancelling does not search the heap: the entry is marked and dropped when it reaches the top, or, once more
 * than half of over a hundred entries are dead, all dead ones are dropped at once. So a cancel costs O(1) and
 * cancelled timers never hold more memory than living ones (asyncio: `_run_once`, step 1).
 *
 * Invariant: `_dead` is the number of cancelled entries in `_heap`.
 */
export class TimerHeap<T extends HeapEntry> {
  private readonly _heap = new Heap<T>(before);
  private _dead = 0;
  private _count = 0;

  /** Entries in the heap, cancelled ones that are still there included. */
  get size(): number {
    return this._heap.size;
  }

  push(entry: T): void {
    entry._order = this._count++;
    this._heap.push(entry);
  }

  /** To be told of each entry that was cancelled while in the heap. */
  noteCancelled(): void {
    this._dead++;
    if (this._heap.size <= PRUNE_ABOVE || this._dead * 2 <= this._heap.size) return;
    this._heap.retain((entry) => !entry._cancelled);
    this._dead = 0;
  }

  /** The earliest living entry, left where it is. */
  peek(): T | undefined {
    let top = this._heap.peek();
    while (top?._cancelled) {
      this._heap.pop();
      this._dead--;
      top = this._heap.peek();
    }
    return top;
  }

  /** Takes the earliest living entry if its deadline is at or before `now`. */
  popDue(now: number): T | undefined {
    const top = this.peek();
    return top === undefined || top._when > now ? undefined : this._heap.pop();
  }

  clear(): void {
    this._heap.retain(() => false);
    this._dead = 0;
  }
}

const PRUNE_ABOVE = 100;

function before(a: HeapEntry, b: HeapEntry): boolean {
  return a._when < b._when || (a._when === b._when && a._order < b._order);
}
