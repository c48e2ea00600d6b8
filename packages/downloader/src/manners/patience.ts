import type { Reason } from "../events.ts";
import { backoff } from "./backoff.ts";
import { reasonOf } from "./reason.ts";
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

/** What is needed of the lease of the item, whatever that is. */
export type HostLease = Pick<
  Lease<unknown>,
  "closeHost" | "host" | "pauseHost" | "refusals" | "refused" | "refusedFor"
>;

/** A host that asks for more is believed to mean this. */
const LONGEST_CLOSED = 24 * 3600_000;
/** A host must be slowed down more often in a row, and more often than an item is tried, before it is given up. */
const MOST_REFUSALS = 5;

export function newTries(): Tries {
  return { failures: 0, usedOnce: false };
}

/**
 * Decides about each failure: whether the item is tried again, and when, and what its host is to be spared.
 *
 * - A host that answers 429 or 503, or can't be connected to, is slowed down and paused, for as long as it asks for, else
 *   for as long as the item waits. A single 503 or fault may be about the item; several are about the host.
 * - The item has `retries` attempts after the first, and no more, whatever they fail with: a host that is slowed down for its
 *   refusals has no need to refuse one item time and again.
 * - A host that asks for more patience than `maxRetryDelay` is closed for that time: this item and all others of the host
 *   are given up, and no request is sent, since each would be refused; a later run has better chances.
 * - So is, for as long again, one that was slowed down time and again for `maxRetryDelay` and has answered nothing since.
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
  after(lease: HostLease, tries: Tries, verdict: Verdict, asked: number | null = null): number | null {
    const { retries, retryDelay, maxRetryDelay } = this._options;
    const { retry, once, slowHost, reason } = verdict;
    const slowed = slowHost && lease.refused(asked !== null || reason.status === 429);
    tries.failures++;
    if (asked !== null && asked > maxRetryDelay) {
      if (slowHost) closeHost(lease, Math.min(asked, LONGEST_CLOSED), reason);
      return null;
    }
    const wait = (tried: number) => backoff(tried, retryDelay, maxRetryDelay, this._random);
    // "In 0 seconds" is sent by who has not thought about it.
    const pause = slowed ? asked || wait(lease.refusals) : 0;
    // Also after the item's last attempt: it is the host that wants patience.
    if (slowed) lease.pauseHost(pause);
    if (slowed && lease.refusals > Math.max(MOST_REFUSALS, retries) && lease.refusedFor >= maxRetryDelay) {
      closeHost(lease, maxRetryDelay, reason);
      return null;
    }
    if (!retry || tries.failures > retries) return null;
    if (once && tries.usedOnce) return null;
    if (once) tries.usedOnce = true;
    return asked || Math.max(pause, wait(tries.failures));
  }

  /** An attempt has failed, and the item is tried elsewhere at once: its host's lane is told, and nothing counted. */
  heed(lease: HostLease, verdict: Verdict, asked: number | null = null): void {
    this.after(lease, newTries(), verdict, asked);
  }
}

function closeHost(lease: HostLease, ms: number, { message, status }: Reason): void {
  const text = `${lease.host} is left alone for ${Math.ceil(ms / 1000)} s: ${message}`;
  lease.closeHost(ms, reasonOf("ERR_HOST_CLOSED", text, status));
}
