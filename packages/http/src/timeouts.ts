/**
 * How long the parts of a request may take, in milliseconds; `null` or 0 for no limit. A field that is left out has the
 * session's value, and the session's the default. Source: aiohttp `ClientTimeout`, there in seconds.
 */
export interface ClientTimeout {
  /** From the call to the end of the body: waiting for a connection, redirects and reading included. Default: 300000. */
  readonly total?: number | null;
  /** Waiting for a free connection and, if a new one is made, connecting. Default: null. */
  readonly connect?: number | null;
  /** Connecting alone: name look-up, TCP and TLS. Default: 30000. */
  readonly sockConnect?: number | null;
  /** Waiting for the headers, and between two pieces of the body. Default: null. */
  readonly sockRead?: number | null;
}

/** A ClientTimeout with every field. */
export type Timeouts = Required<ClientTimeout>;

export const DEFAULT_TIMEOUTS: Timeouts = { total: 300_000, connect: null, sockConnect: 30_000, sockRead: null };

const NAMES = ["total", "connect", "sockConnect", "sockRead"] as const;

/**
 * `given` completed by `base`.
 * @throws RangeError for a field that is neither null nor a finite number of at least 0
 */
export function completeTimeouts(given: ClientTimeout | undefined, base: Timeouts): Timeouts {
  if (given === undefined) return base;
  const complete: { -readonly [name in keyof Timeouts]: Timeouts[name] } = { ...base };
  for (const name of NAMES) {
    const ms = given[name];
    if (ms === undefined) continue;
    if (ms !== null && !(Number.isFinite(ms) && ms >= 0)) {
      throw new RangeError(
        `Expected \`timeout.${name}\` to be a number of milliseconds of at least 0 (0 or null: no limit), got ${ms}`,
      );
    }
    complete[name] = ms === 0 ? null : ms;
  }
  return complete;
}
