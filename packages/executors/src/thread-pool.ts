import { availableParallelism } from "node:os";
import { BrokenThreadPool } from "./errors.ts";
import { describe, type Reference } from "./worker-function.ts";
import { reason, WorkerPool } from "./worker-pool.ts";
import { WorkerThreads } from "./worker-threads.ts";

/** How to make a ThreadPoolExecutor. */
export interface ThreadPoolOptions {
  /** Most jobs that run at a time. Default: the CPUs and 4 more, at most 32. */
  readonly maxWorkers?: number;
  /** What messages call the pool. Default: `ThreadPoolExecutor-0`, counting up. */
  readonly threadNamePrefix?: string;
}

let made = 0;

/**
 * Runs functions of worker modules in threads.
 *
 * ```ts
 * const files = workerModule<typeof import("./files.ts")>(new URL("./files.ts", import.meta.url));
 * await using pool = new ThreadPoolExecutor();
 * const size = await pool.submit(files.size, "cn.png");
 * ```
 *
 * Jobs start in the order of their submission. A thread is started when a job finds none idle, and kept until
 * `shutdown()`; an idle pool does not keep the program alive, a job that waits or runs does. A job that has started
 * can't be stopped: its Future's `cancel()` answers false. When its thread ends under it (`process.exit()`, an
 * uncaught error) that job fails with BrokenThreadPool, and the others go on.
 * Source: concurrent.futures `ThreadPoolExecutor`.
 */
export class ThreadPoolExecutor extends WorkerPool {
  /** @internal */
  protected override readonly _workers: WorkerThreads;

  /** Throws RangeError when `maxWorkers` is not a whole number above 0. Starts no thread yet. */
  constructor(options: ThreadPoolOptions = {}) {
    const { maxWorkers = Math.min(32, availableParallelism() + 4), threadNamePrefix } = options;
    super(threadNamePrefix || `ThreadPoolExecutor-${made++}`, maxWorkers);
    this._workers = new WorkerThreads(maxWorkers, (error) => {
      console.error(`A thread of ${this.name} ended while it had no job; it is replaced when needed.\n`, error);
    });
  }

  /** @internal */
  protected override _broken(reference: Reference, cause: unknown): BrokenThreadPool {
    const what = `The thread that ran ${describe(reference)} for ${this.name} ended before the job did: ${reason(cause)}.`;
    const advice = "process.exit(), and an error thrown outside the job's own call, end a thread. Other jobs go on.";
    return new BrokenThreadPool(`${what} ${advice}`, { cause });
  }
}
