import type { ExecutorFunction, Executor as LoopExecutor } from "yieldfrom";
import type { Future } from "./future.ts";
import { type MapArguments, type MapResults, mapResults } from "./map.ts";

/** How to stop an executor. */
export interface ShutdownOptions {
  /** Whether the returned Future waits until the last job is done and the workers are gone. Default true. */
  readonly wait?: boolean;
  /** Whether to cancel the jobs that have not started. Default false: they are still run. */
  readonly cancelFutures?: boolean;
}

/**
 * Runs functions elsewhere. `await using executor = new …Executor()` shuts it down at the end of the block, after the
 * jobs in it. Source: concurrent.futures `Executor`.
 */
export abstract class Executor implements LoopExecutor, AsyncDisposable, Disposable {
  /** What the messages call it. */
  abstract readonly name: string;

  /**
   * Give it a job: `fn(...args)`, where `fn` is a function of a `workerModule` and the arguments are copied now, or moved
   * (see `transfer`).
   *
   * Throws TypeError when `fn` is no such function, or when an argument can't be copied; RuntimeError after
   * `shutdown()`; BrokenExecutor when it is broken: its initializer has failed, or no worker starts. Source:
   * concurrent.futures `Executor.submit`.
   */
  abstract submit<A extends unknown[], R>(fn: ExecutorFunction<A, R>, ...args: A): Future<Awaited<R>>;

  /**
   * Take no more jobs, and end the workers after those it has. Calling it again is harmless. Wait with
   * `await executor.shutdown()` or, in a coroutine, `yield* executor.shutdown()`.
   *
   * The Future is done when that has happened, at once with `wait: false`. Source: concurrent.futures `Executor.shutdown`.
   */
  abstract shutdown(options?: ShutdownOptions): Future<void>;

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
   * `timeout` (ms, from the call; an item not done by then fails with TimeoutError), `chunksize` (items sent to a worker
   * at a time) and `buffersize`.
   *
   * Throws what `submit` throws; RangeError or TypeError for bad options. Source: concurrent.futures `Executor.map`.
   */
  map<A extends unknown[], R>(fn: ExecutorFunction<A, R>, ...inputs: MapArguments<A>): MapResults<Awaited<R>> {
    return mapResults((rows: readonly A[]) => this.submitChunk(fn, rows), inputs);
  }

  /**
   * For executors: several calls in one message, one after the other in the same worker; each has a Future of its
   * own. Unless an executor can do so, each is submitted for itself.
   */
  protected submitChunk<A extends unknown[], R>(fn: ExecutorFunction<A, R>, rows: readonly A[]): Future<Awaited<R>>[] {
    return rows.map((args) => this.submit(fn, ...args));
  }

  /** `await using`: `shutdown()`, waits for the jobs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** `using`, where nothing can be waited for: `shutdown({ wait: false })`; the jobs it has are still run. */
  [Symbol.dispose](): void {
    this.shutdown({ wait: false });
  }
}
