/**
 * concurrent.futures for yieldfrom: run a module's functions in worker threads, and wait for them from any event
 * loop or async function. Importing it also gives `loop.runInExecutor(null, …)` its default pool.
 */
import "./default-executor.ts";

export { AsCompleted, type AsCompletedOptions, asCompleted, type Completions } from "./as-completed.ts";
export { jobSignal } from "./current-job.ts";
export { BrokenExecutor, BrokenProcessPool, BrokenThreadPool, WorkerModuleError } from "./errors.ts";
export { Executor, type ShutdownOptions } from "./executor.ts";
export { type AbortOptions, Future, type FutureState, type JobOwner } from "./future.ts";
export type { MapOptions, MapResults } from "./map.ts";
export type { WorkerPoolOptions } from "./pool-options.ts";
export { ProcessPoolExecutor, type ProcessPoolOptions, type ProcessWorkerOptions } from "./process-pool.ts";
export { shareContextVar } from "./shared-context.ts";
export { ThreadPoolExecutor, type ThreadPoolOptions } from "./thread-pool.ts";
export { toThread } from "./to-thread.ts";
export { transfer } from "./transfer.ts";
export { type DoneAndNotDone, type WaitOptions, wait } from "./wait.ts";
export type { WorkerFunction } from "./worker-function.ts";
export { type WorkerModule, workerModule } from "./worker-module.ts";
