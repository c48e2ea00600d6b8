/**
 * How many requests at a time a host is given. A host that answers 429 or 503 gets half as many at once, and one more for
 * each round of as many that went well: additive increase, multiplicative decrease, as TCP (RFC 5681) has it for packets.
 *
 * One overload makes a burst of refusals, one for each request under way; the host is slowed down once for it. So each
 * request carries the `epoch` in which it was sent, and only a refusal from the current one counts.
 */
export class HostPace {
  /** Requests at a time when all is well. */
  readonly most: number;
  /** Requests at a time now, from 1 to `most`. */
  limit: number;
  /** How often it was slowed down. */
  epoch = 0;
  /** Slow-downs since the last request that went well. */
  refusals = 0;
  private _good = 0;

  constructor(most: number) {
    this.most = most;
    this.limit = most;
  }

  /**
   * A request was refused.
   * @param epoch the one in which it was sent
   * @param active requests under way, this one included
   * @returns whether it was the first one of its burst
   */
  slowDown(epoch: number, active: number): boolean {
    if (epoch !== this.epoch) return false;
    this.epoch++;
    this.refusals++;
    this._good = 0;
    this.limit = Math.max(1, Math.floor(Math.min(this.limit, active) / 2));
    return true;
  }

  /** A request was answered. What was sent before the last slow-down tells nothing about the host as it is now. */
  succeeded(epoch: number): void {
    if (epoch !== this.epoch) return;
    this.refusals = 0;
    if (this.limit >= this.most || ++this._good < this.limit) return;
    this._good = 0;
    this.limit++;
  }
}
