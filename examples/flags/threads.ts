/** (b) A thread pool: each thread downloads one flag at a time, as a program without an event loop would. */

import { ThreadPoolExecutor, workerModule } from "@yieldfrom/executors";
import { tqdm } from "@yieldfrom/tqdm";
import { asCompleted, type Coroutine, getRunningLoop } from "yieldfrom";
import type { Job } from "./job.ts";

/** Threads are dear: each takes some megabytes, and loads its own copy of every module. */
const MOST_THREADS = 32;

const worker = workerModule<typeof import("./threads-worker.ts")>(new URL("./threads-worker.ts", import.meta.url));

export function* downloadMany(
  codes: readonly string[],
  { base, folder, maxConnections, report }: Job,
): Coroutine<void> {
  const loop = getRunningLoop();
  const pool = new ThreadPoolExecutor({ maxWorkers: Math.min(maxConnections, codes.length, MOST_THREADS) });
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const todo = codes.map((cc) => loop.runInExecutor(pool, worker.downloadOne, base, folder, cc, stop));
  try {
    for (const future of tqdm(asCompleted(todo), { total: todo.length, unit: "flag" })) {
      try {
        report.saved(yield* future);
      } catch (error) {
        report.failed(error);
      }
    }
  } finally {
    // After Ctrl-C: what has not started is taken back. A thread that runs can't be stopped, only asked to, and awaited.
    for (const future of todo) future.cancel();
    Atomics.store(stop, 0, 1);
    Atomics.notify(stop, 0);
    yield* pool.shutdown();
  }
}
