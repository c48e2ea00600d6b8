import type { Row, Work } from "./row.ts";
import { median } from "./statistics.ts";

export interface Timing {
  /** Nanoseconds per operation. */
  readonly ns: number;
  readonly result: number;
}

/** One of those that do a row's work. */
export interface Side {
  readonly name: string;
  readonly operations: number;
  readonly time: (operations: number) => Promise<Timing>;
}

/** What one side needed per operation. */
export interface Figure {
  readonly operations: number;
  /** The median of the rounds, and the best of them, in nanoseconds. */
  readonly ns: number;
  readonly min: number;
  /** Medians of the rounds' own ratios to the two sides that matter, so that the machine's drift cancels. */
  readonly toNative: number;
  readonly toOurs: number;
}

export interface Rounds {
  readonly warmups: number;
  readonly rounds: number;
}

/** A side that runs in this process. */
export function here(name: string, work: Work, operations: number): Side {
  return {
    name,
    operations,
    time: async (operations) => {
      // What the side before has put off, as a listener's removal, is done at nobody's cost, and is no help either.
      await new Promise((resolve) => setImmediate(resolve));
      const start = process.hrtime.bigint();
      const result = await work(operations);
      return { ns: Number(process.hrtime.bigint() - start) / operations, result };
    },
  };
}

/**
 * Measures the sides of one row: warm-up rounds, then rounds in each of which all of them run, one after the other; each
 * round begins with another one.
 * @throws Error if a side did not do its work
 */
export async function measure(
  row: { readonly name: string; readonly expected: (operations: number) => number },
  sides: readonly Side[],
  { warmups, rounds }: Rounds,
): Promise<Map<string, Figure>> {
  const times = new Map<string, number[]>(sides.map(({ name }) => [name, []]));
  // Once a row: the engine drops optimised code at a full collection, which then would be all that is measured.
  globalThis.gc?.();
  for (let round = -warmups; round < rounds; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const side = sides[(round + warmups + turn) % sides.length]!;
      const { ns, result } = await side.time(side.operations);
      const expected = row.expected(side.operations);
      if (result !== expected) throw new Error(`${row.name}: ${side.name} gave ${result}, not ${expected}`);
      if (round >= 0) times.get(side.name)!.push(ns);
    }
  }
  return new Map(
    sides.map(({ name, operations }) => {
      const own = times.get(name)!;
      const to = (other: string) => ratio(own, times.get(other) ?? own);
      const figure = { operations, ns: median(own), min: Math.min(...own), toNative: to("native"), toOurs: to("ours") };
      return [name, figure];
    }),
  );
}

function ratio(own: readonly number[], others: readonly number[]): number {
  return median(own.map((value, round) => value / others[round]!));
}

const SHARES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/**
 * How many operations a slow side does: the row's number, or such a part of it that a round takes no longer than `budget`.
 * @param budget milliseconds
 */
export function affordable(
  { operations, unit, least = unit }: Pick<Row, "operations" | "unit" | "least">,
  nsPerOperation: number,
  budget: number,
): number {
  const parts = SHARES.map((share) => Math.max(least, Math.floor(operations / share / unit) * unit));
  return parts.find((part) => part * nsPerOperation <= budget * 1e6) ?? parts[parts.length - 1]!;
}
