/** What the types of workerModule, submit and map accept. Compiled, never run. */
import { getRunningLoop } from "yieldfrom";
import { type Executor, type Future, type MapResults, type ThreadPoolExecutor, workerModule } from "../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const jobs = workerModule<typeof import("../test/workers/jobs.ts")>(new URL("file:///jobs.ts"));

export function functions(pool: ThreadPoolExecutor): void {
  const sum = pool.submit(jobs.add, 1, 2);
  same<typeof sum, Future<number>>(true);
  const later = pool.submit(jobs.addLater, 1, 2);
  same<typeof later, Future<number>>(true);
  const none = pool.submit(jobs.nothing);
  same<typeof none, Future<void>>(true);
  const echoed = pool.submit(jobs.identity, 1);
  same<typeof echoed, Future<unknown>>(true);
  pool.submit(jobs.greet, "Ada");
  pool.submit(jobs.greet, "Ada", "bye");
  const executor: Executor = pool;
  executor.submit(jobs.add, 1, 2);

  // @ts-expect-error an argument too few
  pool.submit(jobs.add, 1);
  // @ts-expect-error an argument too many
  pool.submit(jobs.add, 1, 2, 3);
  // @ts-expect-error the wrong type
  pool.submit(jobs.add, 1, "2");
  // @ts-expect-error not exported
  pool.submit(jobs.notThere);
  // @ts-expect-error a value
  pool.submit(jobs.notAFunction);
  // @ts-expect-error a class
  pool.submit(jobs.Shape);
  // @ts-expect-error a closure
  pool.submit(() => 1);
  // @ts-expect-error a function of this module
  pool.submit(functions, pool);
  // @ts-expect-error the result of a call
  pool.submit(jobs.add(1, 2));
  // @ts-expect-error a module's functions can't be set
  jobs.add = functions as never;
}

export function* coroutines(pool: ThreadPoolExecutor) {
  const fromFuture = yield* pool.submit(jobs.addLater, 1, 2);
  same<typeof fromFuture, number>(true);
  const fromLoop = yield* getRunningLoop().runInExecutor(null, jobs.addLater, 1, 2);
  same<typeof fromLoop, number>(true);
  yield* getRunningLoop().runInExecutor(pool, jobs.greet, "Ada");
  // @ts-expect-error the wrong type
  getRunningLoop().runInExecutor(null, jobs.add, 1, "2");
  // @ts-expect-error a closure
  getRunningLoop().runInExecutor(null, () => 1);
}

export async function promises(pool: ThreadPoolExecutor): Promise<void> {
  const sum = await pool.submit(jobs.addLater, 1, 2);
  same<typeof sum, number>(true);
  for await (const each of pool.map(jobs.add, [1], [2])) same<typeof each, number>(true);
}

export function maps(pool: ThreadPoolExecutor): void {
  const sums = pool.map(jobs.addLater, [1], new Set([2]), { timeout: 1000, buffersize: 3 });
  same<typeof sums, MapResults<number>>(true);
  for (const future of sums) same<typeof future, Future<number>>(true);
  pool.map(jobs.nothing);
  pool.map(jobs.greet, ["Ada"]);
  pool.map(jobs.greet, ["Ada"], { timeout: 1000 });
  pool.map(jobs.greet, ["Ada"], ["bye"]);
  pool.map(jobs.greet, ["Ada"], ["bye"], { timeout: 1000 });

  // @ts-expect-error an iterable too few
  pool.map(jobs.add, [1]);
  // @ts-expect-error an iterable too many
  pool.map(jobs.add, [1], [2], [3]);
  // @ts-expect-error the wrong items
  pool.map(jobs.add, [1], ["2"]);
  // @ts-expect-error an unknown option
  pool.map(jobs.add, [1], [2], { chunks: 3 });
  // @ts-expect-error options come last
  pool.map(jobs.add, { timeout: 1 }, [1], [2]);
  // @ts-expect-error a closure
  pool.map((a: number) => a, [1]);
}

export function urls(): void {
  // @ts-expect-error a path is no URL
  workerModule<typeof import("../test/workers/jobs.ts")>("./jobs.ts");
}
