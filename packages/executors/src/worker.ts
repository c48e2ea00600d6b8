/**
 * What the modules that run in workers need, and nothing else: `import { jobSignal } from
 * "@yieldfrom/executors/worker"` loads neither executors nor the event loop.
 */
export { jobSignal } from "./current-job.ts";
export { shareContextVar } from "./shared-context.ts";
export { transfer } from "./transfer.ts";
