import { type Coroutine, getRunningLoop, type Timeout, TimeoutError, type TimerHandle, timeout } from "yieldfrom";
import { DownloadError } from "../errors.ts";

/** Parts of the span that is looked at, at the end of each. */
const PARTS = 10;

/**
 * Tells when a transfer is too slow: when fewer than `limit` bytes a second came, on average over the last `span`, which is
 * looked at each tenth of it. Its clock stands still while we ourselves hold the transfer back. Times are milliseconds of
 * any one clock.
 */
export class SlowWatch {
  private readonly _least: number;
  private readonly _length: number;
  /** Bytes of the last parts; part number `p` lies at `p % PARTS`. */
  private readonly _bytes = new Array<number>(PARTS).fill(0);
  /** … and all in all. */
  private _sum = 0;
  /** Number of the part that is counted now, from 0. */
  private _part = 0;
  private _start: number;
  private _heldSince: number | null = null;
  /** Whether too little had come when the last part was over. */
  private _slow = false;

  /**
   * @param limit bytes a second, above 0
   * @param span milliseconds, above 0
   * @param start when the transfer began
   */
  constructor(limit: number, span: number, start: number) {
    this._least = (limit * span) / 1000;
    this._length = span / PARTS;
    this._start = start;
  }

  /** `n` bytes came. */
  add(n: number, now: number): void {
    this._moveTo(now);
    this._sum += n;
    this._bytes[this._part % PARTS] = this._in(this._part) + n;
  }

  /** From now on it is we who hold it back, until `resume`. */
  hold(now: number): void {
    if (this._heldSince !== null) return;
    this._moveTo(now);
    this._heldSince = now;
  }

  /** The other side is to send again. */
  resume(now: number): void {
    if (this._heldSince === null) return;
    this._start += now - this._heldSince;
    this._heldSince = null;
  }

  /**
   * In how many milliseconds it is too slow if nothing comes until then. 0: it is now. Infinity while it is held back,
   * whatever it was before.
   */
  patience(now: number): number {
    if (this._heldSince !== null) return Number.POSITIVE_INFINITY;
    this._moveTo(now);
    if (this._slow) return 0;
    let left = this._sum;
    let end = this._part + 1;
    for (; end < PARTS || left >= this._least; end++) left -= this._in(end - PARTS);
    return this._start + end * this._length - now;
  }

  private _in(part: number): number {
    return part < 0 ? 0 : (this._bytes[part % PARTS] as number);
  }

  private _moveTo(now: number): void {
    if (this._heldSince !== null) return;
    const part = Math.floor((now - this._start) / this._length);
    while (this._part < part) {
      this._part++;
      this._slow = this._part >= PARTS && this._sum < this._least;
      this._sum -= this._in(this._part - PARTS);
      this._bytes[this._part % PARTS] = 0;
      // Nothing is left to be forgotten.
      if (this._sum === 0 && this._part >= PARTS) this._part = Math.max(this._part, part - 1);
    }
  }
}

/**
 * Runs `body`, which tells the watch what comes, and ends it when the transfer is too slow.
 *
 * @param limit bytes a second; 0: no limit, `body` is given null
 * @param span milliseconds
 * @throws DownloadError with the code `ERR_SLOW`
 */
export function* notSlower<T>(
  limit: number,
  span: number,
  body: (watch: SlowWatch | null) => Coroutine<T>,
): Coroutine<T> {
  if (limit <= 0) return yield* body(null);
  const loop = getRunningLoop();
  const watch = new SlowWatch(limit, span, loop.time());
  let timer: TimerHandle | null = null;
  let scope: Timeout | undefined;
  const look = () => {
    const patience = watch.patience(loop.time());
    if (patience <= 0) scope?.reschedule(loop.time());
    else timer = loop.callLater(Math.min(patience, span), look);
  };
  try {
    return yield* timeout(null, (entered) => {
      scope = entered;
      timer = loop.callLater(span, look);
      return body(watch);
    });
  } catch (error) {
    if (!(error instanceof TimeoutError && scope?.expired())) throw error;
    const what = `fewer than ${limit} bytes a second came over ${span / 1000} s`;
    throw new DownloadError("ERR_SLOW", what, { cause: error });
  } finally {
    (timer as TimerHandle | null)?.cancel();
  }
}
