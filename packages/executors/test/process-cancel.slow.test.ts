/** A coroutine with a pool of processes, cancelled wherever it waits: no process, pipe or timer is left. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cancelEverywhere, leftovers } from "@yieldfrom/testing";
import { from, getRunningLoop } from "yieldfrom";
import { ProcessPoolExecutor, workerModule } from "../src/index.ts";
import { ended } from "./processes.ts";

const jobs = workerModule<typeof import("./workers/jobs.ts")>(new URL("./workers/jobs.ts", import.meta.url));
const own = workerModule<typeof import("./workers/process-jobs.ts")>(
  new URL("./workers/process-jobs.ts", import.meta.url),
);

for (const cancelGrace of [null, 0, 60_000]) {
  test(`with cancelGrace ${cancelGrace}`, async () => {
    const pids = new Set<number>();
    const points = await cancelEverywhere(function* () {
      const pool = new ProcessPoolExecutor({ maxWorkers: 1, cancelGrace });
      try {
        pids.add(yield* pool.submit(own.pid));
        yield* getRunningLoop().runInExecutor(pool, jobs.addLater, 1, 2);
        for (const future of pool.map(jobs.add, [1, 2], [3, 4])) yield* future;
      } finally {
        yield* from(pool.shutdown());
      }
    });
    assert.ok(points >= 10, `${points} points`);
    await ended(...pids);
  });
}

test("a body that throws ends its pool as well", async () => {
  const body = async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const pid = await pool.submit(own.pid);
    throw Object.assign(new Error("the body"), { pid });
  };
  const error: Error & { pid?: number } = await body().then(
    () => assert.fail("did not throw"),
    (error) => error,
  );
  assert.equal(error.message, "the body");
  await ended(error.pid as number);
  assert.deepEqual(await leftovers(), []);
});
