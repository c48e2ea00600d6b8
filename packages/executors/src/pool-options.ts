import { inspect } from "node:util";
import type { ExecutorFunction } from "yieldfrom";

/** What all pools of workers can be told. */
export interface WorkerPoolOptions<I extends unknown[]> {
  /** Most jobs that run at a time. Default: the CPUs and 4 more, at most 32. */
  readonly maxWorkers?: number;
  /** A function of a `workerModule` that each worker runs before its first job. When it fails the pool is broken. */
  readonly initializer?: ExecutorFunction<I, unknown>;
  /** The arguments of `initializer`. */
  readonly initargs?: Readonly<NoInfer<I>>;
  /** How many jobs a worker runs before it is ended and replaced. Default: no limit. */
  readonly maxTasksPerChild?: number | null;
  /**
   * Milliseconds. With it `cancel()` also reaches a job that runs, and so does the cancellation of a task that waits for
   * one: the future is cancelled at once, the job's `jobSignal()` is aborted, and if the job has not ended by itself
   * after so long, its worker is ended and replaced. 0 ends it at once, Infinity never. Default null: a job that runs
   * can't be cancelled, as in concurrent.futures; `future.abort()` does it nevertheless.
   */
  readonly cancelGrace?: number | null;
}

/** @throws RangeError */
export function wholeNumber(name: string, value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= 1) return value as number;
  throw new RangeError(`Expected \`${name}\` to be a whole number, 1 or more, got ${inspect(value)}.`);
}

/** @throws RangeError */
export function graceOf(value: unknown): number | null {
  if (value === null || (typeof value === "number" && value >= 0)) return value;
  throw new RangeError(`Expected \`cancelGrace\` to be milliseconds, 0 or more, or null, got ${inspect(value)}.`);
}
