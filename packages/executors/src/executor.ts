import type { ExecutorFunction, Executor as LoopExecutor } from "yieldfrom";
import type { Future } from "./future.ts";
import { type MapArguments, type MapResults, mapResults } from "./map.ts";

/** How to stop an executor. */
export interface ShutdownOptions {
  /** Whether the returned Promise waits until the last job is done and the workers are gone. Default true. */
  readonly wait?: boolean;
  /** Whether to cancel the jobs that have not started. Default false: they are still run. */
  readonly cancelFutures?: boolean;
}

/**
 * Runs functions elsewhere. `await using executor = new …Executor()` shuts it down at the end of the block, after the
 * jobs in it. Source: concurrent.futures `Executor`.
 */
export abstract class Executor implements LoopExecutor, AsyncDisposable {
  /** What the messages call it. */
  abstract readonly name: string;

  /**
   * Give it a job: `fn(...args)`, where `fn` is a function of a `workerModule` and the arguments are copied now.
   *
   * Throws TypeError when `fn` is no such function, or when an argument can't be copied; RuntimeError after
   * `shutdown()`. Source: concurrent.futures `Executor.submit`.
   */
  abstract submit<A extends unknown[], R>(fn: ExecutorFunction<A, R>, ...args: A): Future<Awaited<R>>;

  /**
   * Take no more jobs, and end the workers after those it has. Calling it again is harmless.
   *
   * Resolves when that has happened, at once with `wait: false`. Source: concurrent.futures `Executor.shutdown`.
   */
  abstract shutdown(options?: ShutdownOptions): Promise<void>;

  /**
   * Run `fn` for each item, or for each set of items when there are several iterables (the shortest ends it):
   *
   * ```ts
   * for (const future of executor.map(files.size, names)) console.log(yield* future); // in a coroutine
   * // → 2
   * // → 3
   * ```
   * ```ts
   * for await (const size of executor.map(files.size, names)) console.log(size); // in an async function
   * // → 2
   * // → 3
   * ```
   *
   * Results come in the order of the input. All jobs are submitted at the call, or as many as `buffersize` allows.
   * Leaving the loop early cancels the jobs that have not started. After the iterables may follow options:
   * `timeout` (ms, from the call; an item not done by then fails with TimeoutError) and `buffersize`.
   *
   * Throws what `submit` throws; RangeError or TypeError for bad options. Source: concurrent.futures `Executor.map`.
   */
  map<A extends unknown[], R>(fn: ExecutorFunction<A, R>, ...inputs: MapArguments<A>): MapResults<Awaited<R>> {
    return mapResults((args: A) => this.submit(fn, ...args), inputs);
  }

  /** `shutdown()`: waits for the jobs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}
