/** What the types of wait, asCompleted, toThread, transfer and the pool's options accept. Compiled, never run. */
import { ContextVar } from "yieldfrom";
import {
  asCompleted,
  type DoneAndNotDone,
  Future,
  shareContextVar,
  ThreadPoolExecutor,
  toThread,
  transfer,
  wait,
  workerModule,
} from "../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const jobs = workerModule<typeof import("../test/workers/jobs.ts")>(new URL("file:///jobs.ts"));

export async function waits(numbers: Future<number>[], mixed: (Future<number> | Future<string>)[]): Promise<void> {
  const { done, notDone } = await wait(numbers, { timeout: 1000, returnWhen: "FIRST_COMPLETED" });
  same<typeof done, Set<Future<number>>>(true);
  same<typeof notDone, Set<Future<number>>>(true);
  const both = await wait(mixed);
  same<typeof both, DoneAndNotDone<Future<number> | Future<string>>>(true);
  for await (const result of asCompleted(numbers)) same<typeof result, number>(true);
  for await (const [future] of asCompleted(numbers).futures()) same<typeof future, Future<number>>(true);
  for (const next of asCompleted(numbers)) same<typeof next, Future<number>>(true);
  // @ts-expect-error a Promise is no future of an executor
  wait([Promise.resolve(1)]);
  // @ts-expect-error an unknown condition
  wait(numbers, { returnWhen: "SOON" });
}

export function* coroutines(numbers: Future<number>[]) {
  const { done } = yield* wait(numbers);
  same<typeof done, Set<Future<number>>>(true);
  for (const next of asCompleted(numbers)) {
    const result = yield* next;
    same<typeof result, number>(true);
  }
  const sum = yield* toThread(jobs.addLater, 1, 2);
  same<typeof sum, number>(true);
  // @ts-expect-error the wrong type
  yield* toThread(jobs.add, 1, "2");
  // @ts-expect-error a closure
  yield* toThread(() => 1);
  yield* new ThreadPoolExecutor().shutdown();
}

export function options(): void {
  const pool: ThreadPoolExecutor = new ThreadPoolExecutor({ initializer: jobs.setUp, initargs: ["gate", "value"] });
  pool.submit(jobs.invert, transfer(new Uint8Array(1)));
  new ThreadPoolExecutor({ initializer: jobs.failToSetUp });
  // @ts-expect-error the wrong type
  new ThreadPoolExecutor({ initializer: jobs.setUp, initargs: ["gate", 1] });
  // @ts-expect-error an argument too few
  new ThreadPoolExecutor({ initializer: jobs.setUp, initargs: ["gate"] });
  // @ts-expect-error a closure
  new ThreadPoolExecutor({ initializer: () => 1 });
  // @ts-expect-error not of the wrong type
  pool.submit(jobs.invert, transfer("text"));
  const variable = shareContextVar(new ContextVar<string>("name"));
  same<typeof variable, ContextVar<string>>(true);
  // A future of something is one of more.
  const wider: Future<number | string> = new Future<number>();
  wider.abort({ grace: 1 });
}
