/** Jobs in worker threads: runInExecutor, piscina alone, and asyncio's run_in_executor. */
import { availableParallelism } from "node:os";
import { ThreadPoolExecutor, workerModule } from "@yieldfrom/executors";
import { Piscina } from "piscina";
import { type Coroutine, createTask, getRunningLoop, run } from "yieldfrom";
import { here, type Side } from "../measure.ts";
import type * as jobs from "./jobs.ts";

const JOBS = new URL("./jobs.ts", import.meta.url);
const { echo } = workerModule<typeof jobs>(JOBS);
const threads = availableParallelism();

/** Both sides, and what ends their threads. @param inFlight jobs that are waited for at a time */
export function executorSides(inFlight: number, operations: number): { sides: Side[]; close: () => Promise<void> } {
  const pool = new ThreadPoolExecutor({ maxWorkers: threads });
  // Equal threads, which both wait a little in `Atomics.wait` for more.
  const piscina = new Piscina({ filename: JOBS.href, name: "echo", minThreads: threads, maxThreads: threads });

  function* worker(jobs: number): Coroutine<number> {
    const loop = getRunningLoop();
    let sum = 0;
    for (let i = 0; i < jobs; i++) sum += yield* loop.runInExecutor(pool, echo, 1);
    return sum;
  }
  const ours = (jobs: number) =>
    run(function* () {
      const tasks = Array.from({ length: inFlight }, () => createTask(worker(jobs / inFlight)));
      let sum = 0;
      for (const task of tasks) sum += yield* task;
      return sum;
    });

  async function hand(jobs: number): Promise<number> {
    let sum = 0;
    for (let i = 0; i < jobs; i++) sum += (await piscina.run(1)) as number;
    return sum;
  }
  const native = async (jobs: number) => {
    const sums = await Promise.all(Array.from({ length: inFlight }, () => hand(jobs / inFlight)));
    return sums.reduce((sum, each) => sum + each, 0);
  };
  return {
    sides: [here("ours", ours, operations), here("native", native, operations)],
    close: async () => {
      await pool.shutdown();
      await piscina.destroy();
    },
  };
}
