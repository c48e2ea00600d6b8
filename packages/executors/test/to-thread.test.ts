import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { CancelledError, createTask, gather, getRunningLoop, run, sleep } from "yieldfrom";
import { ThreadPoolExecutor, toThread, workerModule } from "../src/index.ts";
import { Gate } from "./gate.ts";
import { requestId } from "./workers/request-id.ts";

const jobs = workerModule<typeof import("./workers/jobs.ts")>(new URL("./workers/jobs.ts", import.meta.url));
const contextJobs = workerModule<typeof import("./workers/context-jobs.ts")>(
  new URL("./workers/context-jobs.ts", import.meta.url),
);

describe("toThread", () => {
  test("runs in the loop's default executor and gives the result, or throws the error", async () => {
    await run(function* () {
      assert.equal(yield* toThread(jobs.add, 1, 2), 3);
      const places = yield* gather([toThread(jobs.where), getRunningLoop().runInExecutor(null, jobs.where)]);
      assert.ok(places.every((place) => place !== `${process.pid}/0`));
      try {
        yield* toThread(jobs.fail, 7);
        assert.fail("did not fail");
      } catch (error) {
        assert.equal((error as Error).message, "no item 7");
      }
    });
  });

  test("does nothing until it is awaited: then arguments and context are taken", async () => {
    using gate = new Gate();
    await run(function* () {
      const point = { x: 1 };
      requestId.set("early");
      const [echoed, context] = [toThread(jobs.echo, point), toThread(contextJobs.readContext)];
      const never = toThread(jobs.arrive, gate.path, "never");
      point.x = 2;
      requestId.set("late");
      assert.deepEqual(yield* echoed, { x: 2 });
      assert.equal((yield* context)[0], "late");
      never.return(undefined as never);
    });
    assert.deepEqual(gate.arrived, []);
  });

  test("that is cancelled hears of it at once; the job goes on, as in asyncio, unless the pool has a `cancelGrace`", async () => {
    using gate = new Gate();
    await run(function* () {
      getRunningLoop().setDefaultExecutor(
        new ThreadPoolExecutor({ maxWorkers: 1, cancelGrace: Number.POSITIVE_INFINITY }),
      );
      const task = createTask(toThread(jobs.holdUntilAborted, gate.path, "job"));
      while (gate.arrived.length === 0) yield* sleep(1);
      task.cancel();
      try {
        yield* task;
        assert.fail("was not cancelled");
      } catch (error) {
        assert.ok(error instanceof CancelledError);
      }
    });
    assert.deepEqual(gate.arrived, ["job", "job ended"]);
  });

  test("cancelled anywhere leaves nothing behind", async () => {
    const points = await cancelEverywhere(function* () {
      yield* toThread(jobs.addLater, 1, 2);
      yield* getRunningLoop().shutdownDefaultExecutor();
    });
    assert.ok(points > 1);
  });
});
