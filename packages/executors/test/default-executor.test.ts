import assert from "node:assert/strict";
import { test } from "node:test";
import { getRunningLoop, run } from "yieldfrom";
import { workerModule } from "../src/index.ts";
import { Gate } from "./gate.ts";

const jobs = workerModule<typeof import("./workers/jobs.ts")>(new URL("./workers/jobs.ts", import.meta.url));

test("runInExecutor(null, …) runs in a pool of the loop's own, which ends with run()", async () => {
  const where = await run(function* () {
    const loop = getRunningLoop();
    assert.equal(yield* loop.runInExecutor(null, jobs.add, 1, 2), 3);
    return yield* loop.runInExecutor(null, jobs.where);
  });
  assert.notEqual(where, `${process.pid}/0`);
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === "MessagePort" || name === "Worker"),
    [],
  );
});

test("it is submitted at the call, not when it is waited for", async () => {
  using gate = new Gate();
  await run(function* () {
    getRunningLoop().runInExecutor(null, jobs.arrive, gate.path, "job");
  });
  assert.deepEqual(gate.arrived, ["job"]);
});
