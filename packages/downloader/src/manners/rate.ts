import { type Coroutine, getRunningLoop, Lock, sleep } from "yieldfrom";

/** Who comes so late, since its timer did or the loop was busy, still counts as in time, so that the rate does not drift. */
const MAKE_UP_MS = 20;

/**
 * So many requests a second, of all, at even distances and in the order they were asked for.
 *
 * Only the first in line waits for its time, the others for the lock; so one that is cancelled takes no turn from the others.
 * Source: GCRA (ITU-T I.371), with a tolerance of 20 ms.
 */
export class Rate {
  /** Milliseconds between two. */
  private readonly _interval: number;
  /** When the next one's time has come, in loop time. */
  private _next = Number.NEGATIVE_INFINITY;
  private readonly _turn = new Lock();

  /** @param perSecond a number above 0, 0.5 for one in two seconds */
  constructor(perSecond: number) {
    this._interval = 1000 / perSecond;
  }

  /** Waits until one more request may be sent. */
  *take(): Coroutine<void> {
    using _turn = yield* this._turn;
    const loop = getRunningLoop();
    // Timers may come a little early on some hosts.
    for (let wait = this._next - loop.time(); wait > 0; wait = this._next - loop.time()) yield* sleep(wait);
    const now = loop.time();
    this._next = (now - this._next <= MAKE_UP_MS ? this._next : now) + this._interval;
  }
}
