import { createHash } from "node:crypto";
import type { ServerMode } from "./mode.ts";

/**
 * A way to fail on purpose: answer 404, answer 503, close the connection before the first byte, or close it half way
 * through the body.
 */
export type Fault = "notFound" | "unavailable" | "dropped" | "cut";

/** The probability (0 to 1) of each fault; one left out never happens. */
export type FaultRates = Readonly<Partial<Record<Fault, number>>>;

export interface PlanOptions {
  /** An integer; the same seed plans the same for the same requests. */
  readonly seed?: number | undefined;
  /** Shortest delay in milliseconds, in DELAY and ERROR. */
  readonly minDelay?: number | undefined;
  /** Longest delay in milliseconds, in DELAY and ERROR. */
  readonly maxDelay?: number | undefined;
  /** Faults in ERROR; given, they replace the default rates as a whole. */
  readonly faults?: FaultRates | undefined;
}

/** What will happen to one request: how many milliseconds it waits, and whether it then fails. */
export interface Plan {
  readonly delay: number;
  readonly fault: Fault | undefined;
}

const FAULTS: readonly Fault[] = ["notFound", "unavailable", "dropped", "cut"];
const DEFAULT_RATES: FaultRates = { notFound: 0.1, unavailable: 0.1, dropped: 0.1, cut: 0.1 };

/** With this seed and the default rates the first requests for the twenty flags meet every fault (a test counts). */
export const DEFAULT_SEED = 3;

/**
 * A function that plans requests. A plan depends on nothing but the seed, the path and how often that path was
 * planned before, so that the order in which concurrent requests arrive changes nothing.
 *
 * @throws RangeError for a delay that is negative or longer than the longest, and for rates that are no probabilities
 */
export function createPlanner(mode: ServerMode, options: PlanOptions = {}): (path: string) => Plan {
  const { seed = DEFAULT_SEED, minDelay = 50, maxDelay = 500, faults = DEFAULT_RATES } = options;
  requireThat("seed", seed, "an integer", Number.isSafeInteger(seed));
  requireThat("minDelay", minDelay, "milliseconds, 0 or more", Number.isFinite(minDelay) && minDelay >= 0);
  requireThat(
    "maxDelay",
    maxDelay,
    `milliseconds, not less than minDelay (${minDelay})`,
    Number.isFinite(maxDelay) && maxDelay >= minDelay,
  );
  let sum = 0;
  for (const fault of FAULTS) {
    const rate = faults[fault] ?? 0;
    requireThat(`faults.${fault}`, rate, "a probability from 0 to 1", rate >= 0 && rate <= 1);
    sum += rate;
  }
  // Four rates such as 0.1, 0.2, 0.3 and 0.4 may add up to a hair above 1.
  requireThat("the sum of faults", sum, "at most 1", sum <= 1 + 1e-9);

  const asked = new Map<string, number>();
  return (path) => {
    const times = asked.get(path) ?? 0;
    asked.set(path, times + 1);
    if (mode === "LOCAL") return { delay: 0, fault: undefined };
    const [forDelay, forFault] = twoUniform(`${seed} ${times} ${path}`);
    return {
      delay: Math.round(minDelay + forDelay * (maxDelay - minDelay)),
      fault: mode === "ERROR" ? pickFault(faults, forFault) : undefined,
    };
  };
}

/** Two numbers in [0, 1) that look independent and depend on the text alone. */
function twoUniform(text: string): [number, number] {
  const digest = createHash("sha256").update(text).digest();
  return [digest.readUInt32BE(0) / 2 ** 32, digest.readUInt32BE(4) / 2 ** 32];
}

function pickFault(rates: FaultRates, uniform: number): Fault | undefined {
  let below = 0;
  for (const fault of FAULTS) {
    below += rates[fault] ?? 0;
    if (uniform < below) return fault;
  }
  return undefined;
}

function requireThat(name: string, value: number, expected: string, holds: boolean): void {
  if (!holds) throw new RangeError(`expected ${name} to be ${expected}, got ${value}`);
}
