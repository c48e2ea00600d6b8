import type { Row } from "./row.ts";

/** Median nanoseconds per operation of one row, and their ratio. */
export interface Measurement {
  readonly name: string;
  readonly ours: number;
  readonly native: number;
  /** ours / native: below 1 we are faster. The median of the rounds' own ratios, so drift of the machine cancels. */
  readonly ratio: number;
}

/**
 * Measures one row: warm-up rounds, then rounds in which both sides run, one after the other, in changing order.
 * @throws Error if a side does not do its work
 */
export async function measure(
  row: Row,
  options: { readonly warmups: number; readonly rounds: number },
): Promise<Measurement> {
  const ours: number[] = [];
  const native: number[] = [];
  const ratios: number[] = [];
  // Once a row: the engine drops optimised code at a full collection, which then would be all that is measured.
  globalThis.gc?.();
  for (let round = -options.warmups; round < options.rounds; round++) {
    const oursFirst = round % 2 === 0;
    const first = await time(row, oursFirst ? "ours" : "native");
    const second = await time(row, oursFirst ? "native" : "ours");
    const [a, b] = oursFirst ? [first, second] : [second, first];
    if (a.result !== b.result) throw new Error(`${row.name}: ours gave ${a.result}, native ${b.result}`);
    if (round < 0) continue;
    ours.push(a.ns);
    native.push(b.ns);
    ratios.push(a.ns / b.ns);
  }
  return { name: row.name, ours: median(ours), native: median(native), ratio: median(ratios) };
}

async function time(row: Row, side: "ours" | "native"): Promise<{ ns: number; result: number }> {
  const start = process.hrtime.bigint();
  const result = await row[side]();
  return { ns: Number(process.hrtime.bigint() - start) / row.operations, result };
}

/** The middle one; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Expected values to take the median of, got none");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The mean for ratios. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
