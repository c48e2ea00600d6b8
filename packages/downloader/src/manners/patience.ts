import { backoff } from "./backoff.ts";
import type { Verdict } from "./retryable.ts";
import type { Lease } from "./scheduler.ts";

/** What is remembered of an item's attempts. */
export interface Tries {
  /** Attempts that failed. */
  failures: number;
  /** Whether the one more attempt was had that some failures get. */
  usedOnce: boolean;
}

export interface PatienceOptions {
  /** Attempts after the first. */
  readonly retries: number;
  /** Milliseconds: the bound of the first wait. */
  readonly retryDelay: number;
  /** Milliseconds: the bound of all of them. */
  readonly maxRetryDelay: number;
  /** Default: `Math.random`. */
  readonly random?: () => number;
}

/** A host that asks for more is believed to mean this. */
const LONGEST_CLOSED = 24 * 3600_000;

/**
 * Decides about each failure: whether the item is tried again, and when, and what its host is to be spared.
 *
 * A host that answers 429 or 503 is slowed down, for as long as it asks for, else for as long as the item waits. If it asks for
 * more than `maxRetryDelay`, it is closed for that time: this item and all others of the host are given up, and no request
 * is sent, since each would be refused; a later run has better chances.
 */
export class Patience {
  private readonly _options: PatienceOptions;
  private readonly _random: () => number;

  constructor(options: PatienceOptions) {
    this._options = options;
    this._random = options.random ?? Math.random;
  }

  /**
   * An attempt of the item in `lease` has failed. Tells its host's lane, and counts in `tries`. The lease is not given back.
   * @param asked milliseconds that the server asked for by `Retry-After`
   * @returns milliseconds to wait before the next attempt; null: there is none
   */
  after(lease: Lease<unknown>, tries: Tries, verdict: Verdict, asked: number | null = null): number | null {
    const { retries, retryDelay, maxRetryDelay } = this._options;
    tries.failures++;
    if (!verdict.retry) return null;
    if (asked !== null && asked > maxRetryDelay) {
      if (verdict.slowHost) lease.closeHost(Math.min(asked, LONGEST_CLOSED));
      return null;
    }
    const failures = Math.max(tries.failures, verdict.slowHost ? lease.refusals + 1 : 0);
    // "In 0 seconds" is what is sent by who has not thought about it.
    const delay = asked || backoff(failures, retryDelay, maxRetryDelay, this._random);
    // Also after its last attempt: it is the host that wants patience.
    if (verdict.slowHost) lease.slowDown(delay);
    if (tries.failures > retries || (verdict.once && tries.usedOnce)) return null;
    if (verdict.once) tries.usedOnce = true;
    return delay;
  }
}
