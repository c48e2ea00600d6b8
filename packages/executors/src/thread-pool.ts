import { availableParallelism } from "node:os";
import { inspect } from "node:util";
import { type ExecutorFunction, RuntimeError } from "yieldfrom";
import { copyAll, uncloneable } from "./copy.ts";
import { decodeThrown } from "./decode-error.ts";
import { BrokenThreadPool, WorkerModuleError } from "./errors.ts";
import { Executor, type ShutdownOptions } from "./executor.ts";
import { Fifo } from "./fifo.ts";
import { Future } from "./future.ts";
import type { Job, Outcome } from "./wire.ts";
import { describe, mustBeReference, type Reference } from "./worker-function.ts";
import { WorkerThreads } from "./worker-threads.ts";

/** How to make a ThreadPoolExecutor. */
export interface ThreadPoolOptions {
  /** Most jobs that run at a time. Default: the CPUs and 4 more, at most 32. */
  readonly maxWorkers?: number;
  /** What messages call the pool. Default: `ThreadPoolExecutor-0`, counting up. */
  readonly threadNamePrefix?: string;
}

interface Work {
  readonly job: Job;
  readonly moves: ArrayBuffer[];
  readonly future: Future<unknown>;
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
export class ThreadPoolExecutor extends Executor {
  override readonly name: string;
  /** Most jobs that run at a time. */
  readonly maxWorkers: number;
  private readonly _threads: WorkerThreads;
  private readonly _queue = new Fifo<Work>();
  private _running = 0;
  private _closed: PromiseWithResolvers<void> | undefined;

  /** Throws RangeError when `maxWorkers` is not a whole number above 0. Starts no thread yet. */
  constructor(options: ThreadPoolOptions = {}) {
    super();
    const { maxWorkers = Math.min(32, availableParallelism() + 4), threadNamePrefix } = options;
    if (!Number.isInteger(maxWorkers) || maxWorkers < 1) {
      throw new RangeError(`Expected \`maxWorkers\` to be a whole number, 1 or more, got ${inspect(maxWorkers)}.`);
    }
    this.name = threadNamePrefix || `ThreadPoolExecutor-${made++}`;
    this.maxWorkers = maxWorkers;
    this._threads = new WorkerThreads(maxWorkers, (error) => {
      console.error(`A thread of ${this.name} ended while it had no job; it is replaced when needed.\n`, error);
    });
  }

  override submit<A extends unknown[], R>(fn: ExecutorFunction<A, R>, ...args: A): Future<Awaited<R>> {
    const reference = mustBeReference(fn, this.name);
    if (this._closed !== undefined) {
      const advice = "Submit before shutdown(), or inside the block of `await using`.";
      throw new RuntimeError(`${this.name} was given ${describe(reference)} after its shutdown. ${advice}`);
    }
    const { copy, moves } = copyArguments(reference, args);
    const future = new Future<unknown>(describe(reference));
    const ticket = this._queue.push({ job: { ...reference, args: copy }, moves, future });
    future.addDoneCallback(() => {
      if (!future.cancelled()) return;
      this._queue.remove(ticket);
      future.setRunningOrNotifyCancel();
    });
    this._startJobs();
    return future as Future<Awaited<R>>;
  }

  override shutdown({ wait = true, cancelFutures = false }: ShutdownOptions = {}): Promise<void> {
    this._closed ??= Promise.withResolvers<void>();
    if (cancelFutures) for (const { future } of this._queue.snapshot()) future.cancel();
    this._endWhenDone();
    return wait ? this._closed.promise : Promise.resolve();
  }

  [inspect.custom](): string {
    const state = this._closed === undefined ? "" : " shutdown";
    return `<ThreadPoolExecutor${state} name='${this.name}' running=${this._running}/${this.maxWorkers} queued=${this._queue.size}>`;
  }

  private _startJobs(): void {
    while (this._running < this.maxWorkers) {
      const work = this._queue.shift();
      if (work === undefined) return;
      work.future.setRunningOrNotifyCancel();
      this._running++;
      void this._run(work);
    }
  }

  private async _run({ job, moves, future }: Work): Promise<void> {
    const outcome = this._threads.run(job, moves).then(
      (outcome) => settle(future, outcome),
      (cause) => future.setException(this._broken(job, cause)),
    );
    await outcome.finally(() => {
      this._running--;
      this._startJobs();
      this._endWhenDone();
    });
  }

  private _broken(job: Job, cause: unknown): BrokenThreadPool {
    const what = `The thread that ran ${describe(job)} for ${this.name} ended before the job did: ${reason(cause)}.`;
    const advice = "process.exit(), and an error thrown outside the job's own call, end a thread. Other jobs go on.";
    return new BrokenThreadPool(`${what} ${advice}`, { cause });
  }

  private _endWhenDone(): void {
    // Nothing runs only when nothing waits either.
    if (this._closed === undefined || this._running > 0) return;
    this._closed.resolve(this._threads.destroy());
  }
}

function copyArguments(reference: Reference, args: readonly unknown[]) {
  try {
    return copyAll(args);
  } catch (error) {
    const { index, reason: cause } = uncloneable(args) ?? { index: 0, reason: error };
    throw new TypeError(
      `Argument ${index + 1} of ${args.length} for ${describe(reference)} can't be sent to a worker: ` +
        `${reason(cause)}. Arguments are copied (structured clone): give plain data, not functions, sockets or streams.`,
      { cause },
    );
  }
}

function settle(future: Future<unknown>, outcome: Outcome): void {
  if (outcome.ok) {
    future.setResult(outcome.value);
    return;
  }
  const thrown = decodeThrown(outcome.error);
  if (outcome.stage === "call") future.setException(thrown as NonNullable<unknown>);
  else future.setException(new WorkerModuleError(reason(thrown), { cause: (thrown as Error).cause }));
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, "") : inspect(error);
}
