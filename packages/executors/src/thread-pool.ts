import type { WorkerOptions } from "node:worker_threads";
import { BrokenThreadPool } from "./errors.ts";
import type { WorkerPoolOptions } from "./pool-options.ts";
import { WorkerPool } from "./worker-pool.ts";
import { type ThreadParcel, WorkerThreads } from "./worker-threads.ts";

/** How to make a ThreadPoolExecutor. */
export interface ThreadPoolOptions<I extends unknown[] = []> extends WorkerPoolOptions<I> {
  /** What messages call the pool, and, with a number, its threads. Default: `ThreadPoolExecutor-0`, counting up. */
  readonly threadNamePrefix?: string;
  /** What Node is told of each thread: the memory it may take, its environment, its flags. */
  readonly workerOptions?: Pick<WorkerOptions, "resourceLimits" | "env" | "execArgv" | "argv">;
}

let made = 0;

/**
 * Runs functions of worker modules in threads. Each has modules and variables of its own: it is what Python calls an
 * interpreter, so this is its `InterpreterPoolExecutor` as well.
 *
 * ```ts
 * const files = workerModule<typeof import("./files.ts")>(new URL("./files.ts", import.meta.url));
 * await using pool = new ThreadPoolExecutor();
 * const size = await pool.submit(files.size, "cn.png");
 * ```
 *
 * Jobs start in the order of their submission. A thread is started when a job finds none idle, and kept until
 * `shutdown()`; an idle pool does not keep the program alive, a job that waits or runs does. A job that has started
 * can't be stopped, unless the pool has a `cancelGrace`: its Future's `cancel()` answers false. When its thread ends
 * under it (`process.exit()`, an uncaught error) that job fails with BrokenThreadPool, and the others go on.
 * Source: concurrent.futures `ThreadPoolExecutor`.
 */
export class ThreadPoolExecutor<I extends unknown[] = []> extends WorkerPool<ThreadParcel> {
  /** @internal */
  protected override readonly _noun = "thread";
  /** @internal */
  protected override readonly _endings =
    "process.exit(), an error thrown outside the job's own call, and a lack of memory end a thread. Other jobs go on.";

  /**
   * Throws RangeError for a number that is none, TypeError when `initializer` is no function of a worker module or
   * `initargs` can't be copied. Starts no thread yet.
   */
  constructor(options: ThreadPoolOptions<I> = {}) {
    const name = options.threadNamePrefix || `ThreadPoolExecutor-${made++}`;
    super(
      name,
      new WorkerThreads(name, options.workerOptions ?? {}),
      options as unknown as WorkerPoolOptions<unknown[]>,
    );
  }

  /** @internal */
  protected override _brokenError(message: string, cause: unknown): BrokenThreadPool {
    return new BrokenThreadPool(message, { cause });
  }
}
