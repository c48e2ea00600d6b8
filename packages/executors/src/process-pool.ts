import { availableParallelism } from "node:os";
import { inspect } from "node:util";
import type { ResourceLimits } from "node:worker_threads";
import { BrokenProcessPool } from "./errors.ts";
import type { ShutdownOptions } from "./executor.ts";
import type { PackedFrame } from "./frames.ts";
import { Future } from "./future.ts";
import { inheritedFlags } from "./inherited-flags.ts";
import type { WorkerPoolOptions } from "./pool-options.ts";
import { WorkerPool } from "./worker-pool.ts";
import { WorkerProcesses } from "./worker-processes.ts";

/** How to make a ProcessPoolExecutor. */
export interface ProcessPoolOptions<I extends unknown[] = []> extends WorkerPoolOptions<I> {
  /** Most jobs that run at a time. Default: the CPUs. */
  readonly maxWorkers?: number;
  /** What messages, and `ps`, call the pool. Default: `ProcessPoolExecutor-0`, counting up. */
  readonly name?: string;
  /** What Node is told of each process. */
  readonly workerOptions?: ProcessWorkerOptions;
}

/** How the processes of a pool are started. */
export interface ProcessWorkerOptions {
  /** The most memory that V8 manages in each, in MB; one that needs more ends. */
  readonly resourceLimits?: Pick<ResourceLimits, "maxOldGenerationSizeMb" | "maxYoungGenerationSizeMb">;
  /** Their environment. Default: `process.env`, as it is when one is started. */
  readonly env?: NodeJS.ProcessEnv;
  /** Their flags. Default: those of this process that say how it runs, not what (`--eval`, `--test`, `--inspect`). */
  readonly execArgv?: readonly string[];
  /** The Node that they run. Default: the one that runs here. */
  readonly execPath?: string;
  /** The folder that they start in. Default: that of this process. */
  readonly cwd?: string;
}

let made = 0;

/**
 * Runs functions of worker modules in processes of their own: what crashes there does not crash here.
 *
 * ```ts
 * const files = workerModule<typeof import("./files.ts")>(new URL("./files.ts", import.meta.url));
 * await using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
 * console.log(await pool.submit(files.size, "cn.png")); // → 6
 * ```
 *
 * Jobs start in the order of their submission. A process is started when a job finds none idle, which takes some 50 ms,
 * and kept until `shutdown()`; an idle pool does not keep the program alive, a job that waits or runs does. A job that
 * has started can't be stopped, unless the pool has a `cancelGrace`: then its process gets a SIGTERM when the grace
 * time is over, and a SIGKILL one second later.
 *
 * A process that ends under its job (`process.exit()`, `abort()`, a kill from outside, no memory left) fails that job
 * with BrokenProcessPool, and the others go on in others. (In Python they all fail, and the pool is of no use any
 * more.) Only when three in a row end while they start, or `initializer` throws, is the pool broken for good: then all
 * fails that waits.
 *
 * Arguments and results are copied through a pipe. A job's output goes where that of this process goes; its standard
 * input is empty. Ctrl-C does not end it: that is for this process to decide. When this process ends, however it does,
 * so do they. Source: concurrent.futures `ProcessPoolExecutor`.
 */
export class ProcessPoolExecutor<I extends unknown[] = []> extends WorkerPool<PackedFrame> {
  /** @internal */
  protected override readonly _noun = "process";
  /** @internal */
  protected override readonly _endings = "Other jobs go on.";
  private readonly _processes: WorkerProcesses;

  /**
   * Throws RangeError for a number that is none, TypeError when `initializer` is no function of a worker module or
   * `initargs` can't be copied. Starts no process yet.
   */
  constructor(options: ProcessPoolOptions<I> = {}) {
    const { maxWorkers = availableParallelism(), workerOptions = {} } = options;
    const name = options.name || `ProcessPoolExecutor-${made++}`;
    const { execPath = process.execPath, execArgv = inheritedFlags(process.execArgv), env, cwd } = workerOptions;
    const limits = limitFlags(workerOptions.resourceLimits ?? {});
    const processes = new WorkerProcesses({ title: name, execPath, execArgv: [...execArgv, ...limits], env, cwd });
    super(name, processes, { ...(options as unknown as WorkerPoolOptions<unknown[]>), maxWorkers });
    this._processes = processes;
  }

  /**
   * Take no more jobs, and end the processes after those it has: they are told to exit, and killed if they don't.
   *
   * The Future is done when none is left, at once with `wait: false`. Source: concurrent.futures `Executor.shutdown`.
   */
  override shutdown(options: ShutdownOptions = {}): Future<void> {
    const ended = super.shutdown(options);
    if (options.wait === false) return ended;
    const gone = new Future<void>(ended.name);
    ended.addDoneCallback(async () => {
      await this._processes.gone();
      if (!gone.done()) gone.setResult(undefined);
    });
    return gone;
  }

  /**
   * Shut down now: jobs that wait are cancelled, the processes get a SIGTERM, and jobs that run fail with
   * BrokenProcessPool.
   *
   * Resolves when the processes are gone; one that refuses a SIGTERM gets a SIGKILL a second later.
   * Source: concurrent.futures `ProcessPoolExecutor.terminate_workers`, which does not wait.
   */
  terminateWorkers(): Future<void> {
    return this._endNow("terminateWorkers() was called", (link) => link.terminate());
  }

  /**
   * `terminateWorkers()` by SIGKILL, which no process can refuse.
   *
   * Source: concurrent.futures `ProcessPoolExecutor.kill_workers`, which does not wait.
   */
  killWorkers(): Future<void> {
    const ended = this._endNow("killWorkers() was called", () => {});
    for (const each of this._processes.live()) each.kill();
    return ended;
  }

  /** @internal */
  protected override _brokenError(message: string, cause: unknown): BrokenProcessPool {
    return new BrokenProcessPool(message, { cause });
  }
}

function limitFlags({ maxOldGenerationSizeMb, maxYoungGenerationSizeMb }: ResourceLimits): string[] {
  const flags: string[] = [];
  if (maxOldGenerationSizeMb !== undefined) {
    flags.push(`--max-old-space-size=${megabytes("maxOldGenerationSizeMb", maxOldGenerationSizeMb)}`);
  }
  if (maxYoungGenerationSizeMb !== undefined) {
    // The young generation is three semi-spaces.
    const semi = Math.ceil(megabytes("maxYoungGenerationSizeMb", maxYoungGenerationSizeMb) / 3);
    flags.push(`--max-semi-space-size=${semi}`);
  }
  return flags;
}

function megabytes(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0 && Number.isFinite(value)) return Math.ceil(value);
  throw new RangeError(`Expected \`${name}\` of resourceLimits to be megabytes, more than 0, got ${inspect(value)}.`);
}
