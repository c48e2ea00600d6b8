/** A limit that was too much before is tried again after so many rounds that went well, */
const CAREFUL_ROUNDS = 8;
/** … and after twice as many each time it is too much again, up to so many. */
const MOST_ROUNDS = 64;
/** So many doubtful refusals are about the host; each request that went well makes up for that part of one. */
const SURE = 2;
const FORGIVEN = 0.2;
/** A gap grows by this when it was too short, … */
const GAP_GROWTH = 1.25;
/** … and shrinks by this with each request that went well. */
const GAP_DECAY = 0.985;

/**
 * How fast one host is asked: how many requests it is given at a time, and at which distance.
 *
 * A host that refuses (429, 503, no connection) gets half as many requests at a time. Then it gets one more for each round of as many
 * that went well; but only slowly what was too much the last time: additive increase, multiplicative decrease, as TCP has it for
 * packets (RFC 5681). Where one at a time is still too much, requests are sent at a distance: that at which the host has
 * taken them, some more each time it is too short and a little less with each that went well.
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
  /** Slow-downs since the last request that went well. */
  refusals = 0;
  /** How many at a time were too much. */
  private _tooMuch = Number.POSITIVE_INFINITY;
  private _careful = CAREFUL_ROUNDS;
  /** Requests that went well in this epoch, and since the limit was changed. */
  private _good = 0;
  private _round = 0;
  /** When this epoch began. */
  private _since = 0;
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
      if (this._good > 0) this.gap = Math.max(this.gap * GAP_GROWTH, (now - this._since) / this._good);
    }
    this.epoch++;
    this.refusals++;
    this._good = 0;
    this._round = 0;
    this._since = now;
    return true;
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
