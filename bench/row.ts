/** The package under test, or the same package of another commit. */
export type Library = typeof import("yieldfrom");

/** Does so many operations, and returns the number that proves it did. */
export type Work = (operations: number) => Promise<number>;

/** Why a library has no figure in a row. */
export interface Absent {
  readonly absent: string;
}

export type Group = "tasks" | "chains" | "coordination" | "many at once" | "bridges";

/** One thing to do: for yieldfrom, and for native async/await the way one writes it by hand. */
export interface Row {
  /** By this the rivals' files name their side of it. */
  readonly id: string;
  readonly name: string;
  readonly group: Group;
  /** How many operations a round does; its time is divided by this. */
  readonly operations: number;
  /** The number of operations is a multiple of this. */
  readonly unit: number;
  /** Fewer operations are something else: what they share, a thousand tasks to start for one, would be all that counts. */
  readonly least?: number;
  /** Milliseconds that a rival's round may take before it is given fewer operations; 50 by default. */
  readonly budget?: number;
  /** The most that ours / native should be. */
  readonly limit: number;
  /** Why its ratio does not count in the geometric mean, if so. */
  readonly notInMean?: string;
  /** What every side has to return. */
  readonly expected: (operations: number) => number;
  /** Made anew for each copy of the library, so that two of them can be compared in one process. */
  readonly ours: (library: Library) => Work;
  readonly native: Work;
}

/** 0 + 1 + … + (count - 1): what a round returns that adds up the number of each operation. */
export function sumBelow(count: number): number {
  return (count * (count - 1)) / 2;
}

/** What a round returns that counts its operations. */
export function same(count: number): number {
  return count;
}

export function total(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
