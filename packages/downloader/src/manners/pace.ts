/** A limit that was too much before is tried again after so many rounds that went well, */
const CAREFUL_ROUNDS = 8;
/** … and after twice as many each time it is too much again, up to so many. */
const MOST_ROUNDS = 64;
/** So many doubtful refusals are about the host; each request that went well makes up for that part of one. */
const SURE = 2;
const FORGIVEN = 0.2;
/** A gap grows by this when it was too short, but to no more than so many times what was measured, … */
const GAP_GROWTH = 1.25;
const MOST_GROWTH = 2;
/** … and shrinks by this with each request that went well. */
const GAP_DECAY = 0.985;
/** No gap is longer, in milliseconds. */
const MOST_GAP = 10_000;
/** Requests that are needed to measure at which distance they are taken. */
const ENOUGH = 4;

/**
 * How fast one host is asked: how many requests it is given at a time, and at which distance.
 *
 * A host that refuses (429, 503, no connection) gets half as many requests at a time. Then it gets one more for each round of as many
 * that went well; but only slowly what was too much the last time: additive increase, multiplicative decrease, as TCP has it for
 * packets (RFC 5681). Where one at a time is still too much, a host counts requests a second. How many it takes is seen from one
 * refusal to a later one, as it has no more to give at either: they are sent at that distance, some more if it is too short,
 * and a little less with each that went well. It is kept within bounds, for there are hosts that refuse at random.
 *
 * One overload makes a burst of refusals, one for each request under way; the host is slowed down once for it. So each
 * request carries the `epoch` in which it was sent, and only a refusal from the current one counts.
 *
 * Times are milliseconds of any one clock.
 */
export class HostPace {
  /** Requests at a time when all is well. */
  readonly most: number;
  /** Requests at a time now, from 1 to `most`. */
  limit: number;
  /** Milliseconds between two requests; 0: they may go out together. */
  gap = 0;
  /** How often it was slowed down. */
  epoch = 0;
  /** Slow-downs since the last request that went well, and when the first of them was. */
  refusals = 0;
  refusedSince = 0;
  /** How many at a time were too much. */
  private _tooMuch = Number.POSITIVE_INFINITY;
  private _careful = CAREFUL_ROUNDS;
  /** Requests that went well since the limit was changed. */
  private _round = 0;
  /** Those since the last refusal, and when that was. */
  private _good = 0;
  private _since = 0;
  /** Those between refusals, and the time they took. */
  private _taken = 0;
  private _elapsed = 0;
  private _mostGap = 0;
  /** Refusals that may have been about one item each, less what went well since. */
  private _doubt = 0;

  constructor(most: number) {
    this.most = most;
    this.limit = most;
  }

  /**
   * A request was refused.
   * @param epoch the one in which it was sent
   * @param active requests under way, this one included
   * @param certain whether it is the host that refused; if not, two refusals in a row count, or one of six in the long run
   * @returns whether the host is slowed down, by this refusal or by an earlier one of its burst
   */
  slowDown(epoch: number, active: number, certain: boolean, now: number): boolean {
    if (epoch !== this.epoch) return true;
    if (!certain && ++this._doubt < SURE) return false;
    this._doubt = 0;
    const together = Math.min(this.limit, active);
    if (together > 1) {
      this._careful = together === this._tooMuch ? Math.min(MOST_ROUNDS, this._careful * 2) : CAREFUL_ROUNDS;
      this._tooMuch = together;
      this.limit = together >> 1;
    } else {
      this._tooMuch = 2;
      this.limit = 1;
    }
    if (certain) this._measure(now);
    this.epoch++;
    if (this.refusals++ === 0) this.refusedSince = now;
    this._round = 0;
    return true;
  }

  private _measure(now: number): void {
    const good = this._good;
    if (this.epoch > 0 && this.gap === 0) {
      this._taken += good;
      this._elapsed += now - this._since;
    }
    this._good = 0;
    this._since = now;
    if (this.limit > 1) return;
    if (this.gap === 0) {
      if (this._taken < ENOUGH) return;
      this.gap = Math.min(MOST_GAP, this._elapsed / this._taken);
      this._mostGap = Math.min(MOST_GAP, this.gap * MOST_GROWTH);
    } else if (good > 0 || this.refusals < 2) {
      this.gap = Math.min(this._mostGap, this.gap * GAP_GROWTH);
      return;
    } else this.gap = 0; // Three in a row: it is another measure by now.
    this._taken = 0;
    this._elapsed = 0;
  }

  /** A request was answered. What was sent before the last slow-down tells nothing about the host as it is now. */
  succeeded(epoch: number): void {
    if (epoch !== this.epoch) return;
    this.refusals = 0;
    if (this._doubt > 0) this._doubt -= FORGIVEN;
    if (epoch === 0) return;
    this._good++;
    if (this.gap > 0) this.gap *= GAP_DECAY;
    else if (this.limit < this.most && ++this._round >= this._rounds * this.limit) {
      this._round = 0;
      this.limit++;
    }
  }

  /** A request goes out, though it could have done so a whole gap before: the gap holds up nothing. */
  notHeldUp(): void {
    this.gap = 0;
  }

  private get _rounds(): number {
    return this.limit + 1 >= this._tooMuch ? this._careful : 1;
  }
}
