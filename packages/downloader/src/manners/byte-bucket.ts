import { type Coroutine, getRunningLoop, sleep } from "yieldfrom";

/** Bytes that nobody asked for are kept for so long. */
const SAVED_MS = 100;

/**
 * So many bytes a second, of all transfers. What a transfer takes is a fact, it has read it: the bucket goes into debt for
 * it, and the transfer waits until its share of the debt is paid. So a chunk may be larger than the bucket, those that
 * take are served in their order, and one that is cancelled while it waits leaves its debt to the others, who would else be
 * too fast. Times are counted from each other and not from when timers came, so the rate does not drift.
 */
export class ByteBucket {
  private readonly _msPerByte: number;
  /** When all debt is paid, in loop time. */
  private _paidAt = Number.NEGATIVE_INFINITY;

  /** @param bytesPerSecond a number above 0 */
  constructor(bytesPerSecond: number) {
    this._msPerByte = 1000 / bytesPerSecond;
  }

  /** Takes `n` bytes, and tells for how many milliseconds whoever took them has to wait now; 0: not at all. */
  charge(n: number): number {
    const now = getRunningLoop().time();
    this._paidAt = Math.max(this._paidAt, now - SAVED_MS) + n * this._msPerByte;
    return Math.max(0, this._paidAt - now);
  }

  /** Takes `n` bytes, and waits as long as that needs. */
  *take(n: number): Coroutine<void> {
    const wait = this.charge(n);
    if (wait > 0) yield* sleep(wait);
  }
}
