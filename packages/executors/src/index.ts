/**
 * concurrent.futures for yieldfrom: run a module's functions in worker threads, and wait for them from any event
 * loop or async function. Importing it also gives `loop.runInExecutor(null, …)` its default pool.
 */
import "./default-executor.ts";

export { BrokenExecutor, BrokenThreadPool, WorkerModuleError } from "./errors.ts";
export { Executor, type ShutdownOptions } from "./executor.ts";
export { Future, type FutureState } from "./future.ts";
export type { MapOptions, MapResults } from "./map.ts";
export { ThreadPoolExecutor, type ThreadPoolOptions } from "./thread-pool.ts";
export type { WorkerFunction } from "./worker-function.ts";
export { type WorkerModule, workerModule } from "./worker-module.ts";
