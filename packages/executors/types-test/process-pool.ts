/** What the types of ProcessPoolExecutor accept. Compiled, never run. */
import { type BrokenProcessPool, type Executor, type Future, ProcessPoolExecutor, workerModule } from "../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const jobs = workerModule<typeof import("../test/workers/jobs.ts")>(new URL("file:///jobs.ts"));

export function pools(): void {
  const pool = new ProcessPoolExecutor({
    maxWorkers: 2,
    name: "resizing",
    initializer: jobs.add,
    initargs: [1, 2],
    maxTasksPerChild: 10,
    cancelGrace: 100,
    workerOptions: { execArgv: ["--no-deprecation"], env: {}, cwd: "/", resourceLimits: { maxOldGenerationSizeMb: 9 } },
  });
  const sum = pool.submit(jobs.addLater, 1, 2);
  same<typeof sum, Future<number>>(true);
  const ended = pool.terminateWorkers();
  same<typeof ended, Future<void>>(true);
  pool.killWorkers();
  const executor: Executor = pool;
  executor.map(jobs.greet, ["Ada"]);

  // @ts-expect-error an argument of the wrong type
  new ProcessPoolExecutor({ initializer: jobs.add, initargs: [1, "2"] });
  // @ts-expect-error a closure
  new ProcessPoolExecutor({ initializer: () => 1 });
  // @ts-expect-error of threads
  new ProcessPoolExecutor({ threadNamePrefix: "resizing" });
  // @ts-expect-error a limit that only threads have
  new ProcessPoolExecutor({ workerOptions: { resourceLimits: { stackSizeMb: 9 } } });
}

export function errors(error: BrokenProcessPool): void {
  same<typeof error.exitCode, number | null>(true);
  same<typeof error.signal, NodeJS.Signals | null>(true);
  same<typeof error.pid, number | undefined>(true);
}
