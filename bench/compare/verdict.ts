/** When a row has become slower, and when that is only the machine's mood. */
import { geometricMean, quantile } from "../statistics.ts";

/** Nanoseconds per operation of each round of a row, of both cores, in one process. */
export interface Samples {
  readonly base: readonly number[];
  readonly head: readonly number[];
}

/** How much slower is a clear loss. */
export const LIMIT = 1.15;
/** More than two equal cores differ by, mostly. */
const SOME = 1.07;

export interface Comparison {
  readonly base: number;
  readonly head: number;
  readonly ratio: number;
}

/** Lower quartiles: what disturbs a round makes it slower and never faster. */
export function compare({ base, head }: Samples): Comparison {
  const figures = { base: quantile(base, 0.25), head: quantile(head, 0.25) };
  return { ...figures, ratio: figures.head / figures.base };
}

/** Slower in each process, and in none by luck of the quartile: the best round was slower as well. */
export function isSuspect(processes: readonly Samples[]): boolean {
  return processes.every(
    (samples) => compare(samples).ratio > LIMIT && Math.min(...samples.head) / Math.min(...samples.base) > LIMIT,
  );
}

/** Slower in each process once more, and all in all by as much: one that was disturbed may find less. */
export function isLoss(processes: readonly Samples[]): boolean {
  const ratios = processes.map((samples) => compare(samples).ratio);
  return geometricMean(ratios) > LIMIT && ratios.every((ratio) => ratio > SOME);
}
