/**
 * The errors that are the executors' own. As in core, `code` is stable and meant to be matched on.
 */
import { RuntimeError } from "yieldfrom";
import { ProcessEnd } from "./process-end.ts";

/** An executor lost a worker, so a job has no outcome. Source: concurrent.futures `BrokenExecutor`. */
export class BrokenExecutor extends RuntimeError {
  override readonly name: string = "BrokenExecutor";
  override readonly code: string = "ERR_BROKEN_EXECUTOR";
}

/**
 * The thread that ran a job ended before the job did: `process.exit()`, an uncaught error, no memory left, or a
 * thread that could not start. `cause` is what is known of the end. Source: concurrent.futures `BrokenThreadPool`.
 */
export class BrokenThreadPool extends BrokenExecutor {
  override readonly name = "BrokenThreadPool";
  override readonly code = "ERR_BROKEN_THREAD_POOL";
}

/**
 * The process that ran a job ended before the job did: `process.exit()`, `abort()`, a kill from outside, no memory
 * left; or the pool can't start any. `cause` is what is known of the end. Source: concurrent.futures
 * `BrokenProcessPool`.
 */
export class BrokenProcessPool extends BrokenExecutor {
  override readonly name = "BrokenProcessPool";
  override readonly code = "ERR_BROKEN_PROCESS_POOL";
  /** The id of the process; undefined when none ended, or none could be started. */
  readonly pid: number | undefined;
  /** Its exit code; null when a signal ended it. */
  readonly exitCode: number | null;
  /** The signal that ended it, or null. */
  readonly signal: NodeJS.Signals | null;

  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    const end = options.cause instanceof ProcessEnd ? options.cause : undefined;
    this.pid = end?.pid;
    this.exitCode = end?.exitCode ?? null;
    this.signal = end?.signal ?? null;
  }
}

/** The module of a `workerModule(…)` reference can't be loaded in the worker, or doesn't export that function. */
export class WorkerModuleError extends RuntimeError {
  override readonly name = "WorkerModuleError";
  override readonly code = "ERR_WORKER_MODULE";
}
