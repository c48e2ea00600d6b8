/**
 * Pools in bad weather: jobs of all kinds, cancellations, aborts, kills and a shutdown at any moment, in an order that
 * a seed decides. Whatever happens, every future comes to an end, and so does the pool.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { leftovers } from "@yieldfrom/testing";
import { BrokenExecutor, type Future, ProcessPoolExecutor, ThreadPoolExecutor, workerModule } from "../src/index.ts";
import { ended } from "./processes.ts";

const jobs = workerModule<typeof import("./workers/jobs.ts")>(new URL("./workers/jobs.ts", import.meta.url));
const own = workerModule<typeof import("./workers/process-jobs.ts")>(
  new URL("./workers/process-jobs.ts", import.meta.url),
);

type Pool = ThreadPoolExecutor | ProcessPoolExecutor;

/** A chooser that chooses the same again for the same seed. */
function chooser(seed: number): <T>(list: readonly T[]) => T {
  let state = seed;
  return (list) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return list[Math.floor((state / 0x8000_0000) * list.length)] as (typeof list)[number];
  };
}

class Storm {
  readonly futures: Future<unknown>[] = [];
  readonly pids: Future<number>[] = [];
  private readonly _pool: Pool;
  private readonly _choose: ReturnType<typeof chooser>;

  constructor(pool: Pool, choose: ReturnType<typeof chooser>) {
    this._pool = pool;
    this._choose = choose;
  }

  /** Do something, most often submit a job. */
  async step(): Promise<void> {
    const [pool, choose] = [this._pool, this._choose];
    const steps: (() => unknown)[] = [
      () => this._add(pool.submit(jobs.addLater, 1, 2)),
      () => this._add(pool.submit(own.byteLength, new Uint8Array(300_000))),
      () => this._add(pool.submit(jobs.exit, 3)),
      () => this._add(pool.submit(jobs.fail, 1)),
      () => this._add(...pool.map(jobs.addLater, [1, 2, 3], [4, 5, 6], { chunksize: 2 })),
      () => this.pids.push(this._add(pool.submit(own.pid))),
      () => choose([...this.futures, undefined])?.cancel(),
      () => choose([...this.futures, undefined])?.abort({ grace: choose([0, 1, 20]) }),
      () => this._kill(choose([...this.pids, undefined])),
      () => new Promise((resolve) => setTimeout(resolve, choose([1, 10, 40]))),
    ];
    // A pause is waited for, a job is not.
    const made = choose(steps)();
    if (made instanceof Promise) await made;
  }

  /** End the pool, in one of the ways there are. */
  end(): Future<void> {
    const pool = this._pool;
    const ways = [() => pool.shutdown(), () => pool.shutdown({ cancelFutures: true })];
    if (pool instanceof ProcessPoolExecutor)
      ways.push(
        () => pool.terminateWorkers(),
        () => pool.killWorkers(),
      );
    return this._choose(ways)();
  }

  private _add<T>(...futures: Future<T>[]): Future<T> {
    this.futures.push(...futures);
    return futures[0] as Future<T>;
  }

  private _kill(pid: Future<number> | undefined): void {
    if (pid?.state !== "FINISHED" || pid.exception() !== null || pid.result() === process.pid) return;
    try {
      process.kill(pid.result(), this._choose(["SIGKILL", "SIGTERM", "SIGINT"]));
    } catch {
      // It has ended before.
    }
  }
}

for (const name of ["ThreadPoolExecutor", "ProcessPoolExecutor"] as const) {
  for (const seed of [1, 2, 3]) {
    test(`${name}, seed ${seed}`, async (t) => {
      // Of workers that are killed while they are idle.
      t.mock.method(console, "error", () => {});
      const choose = chooser(seed);
      for (let round = 0; round < 4; round++) {
        const options = {
          maxWorkers: choose([1, 2, 3]),
          cancelGrace: choose([null, 0, 5, Number.POSITIVE_INFINITY]),
          maxTasksPerChild: choose([null, 1, 3]),
        };
        const pool = name === "ThreadPoolExecutor" ? new ThreadPoolExecutor(options) : new ProcessPoolExecutor(options);
        const storm = new Storm(pool, choose);
        for (let i = 0; i < 25; i++) await storm.step();
        await storm.end();
        for (const future of storm.futures) {
          assert.ok(future.done(), `${future.name} was left ${future.state}`);
          const error = future.cancelled() ? null : (future.exception() as Error | null);
          assert.ok(error === null || error instanceof BrokenExecutor || error.message === "no item 1", String(error));
        }
        const pids = storm.pids
          .filter((pid) => !pid.cancelled() && pid.exception() === null)
          .map((pid) => pid.result());
        await ended(...pids.filter((pid) => pid !== process.pid));
      }
      assert.deepEqual(await leftovers(), []);
    });
  }
}
