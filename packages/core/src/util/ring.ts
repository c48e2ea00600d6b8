/**
 * First in, first out, in a circular buffer: what the ready queue and `Queue` stand on.
 *
 *      head          tail            `head` is the next to leave, `tail` the next free cell;
 *       v             v              both run round the buffer, whose length is a power of two,
 *   [ . a b c d e f g . . . ]        so wrapping is one `&`. A cell is emptied when it is left,
 *                                    and a huge buffer is dropped when it ran empty some times
 *                                    without having to grow.
 */
export class Ring<T> {
  private _cells: (T | undefined)[] = new Array(SMALL).fill(undefined);
  private _mask = SMALL - 1;
  private _head = 0;
  private _tail = 0;
  /** How often a huge buffer ran empty since it last grew. */
  private _emptied = 0;

  get size(): number {
    return (this._tail - this._head) & this._mask;
  }

  push(item: T): void {
    this._cells[this._tail] = item;
    this._tail = (this._tail + 1) & this._mask;
    if (this._tail === this._head) this._grow();
  }

  /** Takes the oldest item; `undefined` if there is none. */
  shift(): T | undefined {
    const head = this._head;
    if (head === this._tail) return undefined;
    const item = this._cells[head];
    this._cells[head] = undefined;
    this._head = (head + 1) & this._mask;
    if (this._head === this._tail) this.trim();
    return item;
  }

  /** `shift()` of a ring that is not empty, for who calls `trim()` at other times. */
  take(): T {
    const head = this._head;
    const cells = this._cells;
    const item = cells[head] as T;
    cells[head] = undefined;
    this._head = (head + 1) & this._mask;
    return item;
  }

  /** Drops a huge buffer, if it is empty again and again. To be called when it is empty. */
  trim(): void {
    if (this._mask >= LARGE && ++this._emptied > MOST_EMPTIED) this.clear();
  }

  clear(): void {
    this._cells = new Array(SMALL).fill(undefined);
    this._mask = SMALL - 1;
    this._head = 0;
    this._tail = 0;
    this._emptied = 0;
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = this._head; i !== this._tail; i = (i + 1) & this._mask) yield this._cells[i] as T;
  }

  /** Only ever called when the buffer is full, so head and tail are the same cell. */
  private _grow(): void {
    const old = this._cells;
    const head = this._head;
    const cells: (T | undefined)[] = old.slice(head).concat(old.slice(0, head));
    this._head = 0;
    this._tail = old.length;
    for (let i = old.length; i > 0; i--) cells.push(undefined);
    this._cells = cells;
    this._mask = cells.length - 1;
    this._emptied = 0;
  }
}

const SMALL = 16;
const LARGE = 1 << 16;
/** A program that needs a huge buffer again and again would otherwise make it anew each time. */
const MOST_EMPTIED = 64;
