/**
 * The errors that are the executors' own. As in core, `code` is stable and meant to be matched on.
 */
import { RuntimeError } from "yieldfrom";

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

/** The module of a `workerModule(…)` reference can't be loaded in the worker, or doesn't export that function. */
export class WorkerModuleError extends RuntimeError {
  override readonly name = "WorkerModuleError";
  override readonly code = "ERR_WORKER_MODULE";
}
