import TinyQueue from "tinyqueue";
import { getRunningLoop, type TimerHandle } from "yieldfrom";

interface Entry<T> {
  readonly when: number;
  readonly order: number;
  readonly what: T;
}

/**
 * What is to happen later, in the order of its times; equal ones in the order they were put. However much there is, the
 * loop has one timer for it.
 */
export class Timetable<T> {
  private readonly _due: (what: T) => void;
  private readonly _entries = new TinyQueue<Entry<T>>([], (a, b) => a.when - b.when || a.order - b.order);
  private _order = 0;
  private _timer: TimerHandle | null = null;
  private _timerAt = 0;

  /** @param due called with each entry when its time has come; it may put others */
  constructor(due: (what: T) => void) {
    this._due = due;
  }

  get size(): number {
    return this._entries.length;
  }

  /** @param when loop time, milliseconds */
  put(when: number, what: T): void {
    this._entries.push({ when, order: this._order++, what });
    this._arm();
  }

  /** Takes everything out, in no order. No timer is left. */
  clear(): T[] {
    const all = this._entries.data.map(({ what }) => what);
    this._entries.data = [];
    this._entries.length = 0;
    this._timer?.cancel();
    this._timer = null;
    return all;
  }

  private _arm(): void {
    const first = this._entries.peek();
    if (first === undefined || (this._timer !== null && this._timerAt <= first.when)) return;
    this._timer?.cancel();
    this._timerAt = first.when;
    this._timer = getRunningLoop().callAt(first.when, () => this._fire());
  }

  private _fire(): void {
    this._timer = null;
    const now = getRunningLoop().time();
    for (let first = this._entries.peek(); first !== undefined && first.when <= now; first = this._entries.peek()) {
      this._entries.pop();
      this._due(first.what);
    }
    this._arm();
  }
}
