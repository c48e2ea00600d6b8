/**
 * What every pool of workers promises, threads or processes, beyond what `executorContract` says of any executor: a test
 * file calls `poolContract("ThreadPoolExecutor", (options) => new …)`.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { CancelledError, createTask, getRunningLoop, run, sleep } from "yieldfrom";
import type { Executor } from "../src/executor.ts";
import { BrokenExecutor, transfer, type WorkerPoolOptions, workerModule } from "../src/index.ts";
import { Gate } from "./gate.ts";
import { own, requestId, user } from "./workers/request-id.ts";

const jobs = workerModule<typeof import("./workers/jobs.ts")>(new URL("./workers/jobs.ts", import.meta.url));
const contextJobs = workerModule<typeof import("./workers/context-jobs.ts")>(
  new URL("./workers/context-jobs.ts", import.meta.url),
);

/** An initializer of any parameters: each test gives the arguments that are its own. */
export type PoolOptions = WorkerPoolOptions<never>;

export function poolContract(name: string, make: (options: PoolOptions) => Executor): void {
  describe(`${name} keeps the contract of pools:`, () => {
    cancellation(make);
    initializers(make);
    replacement(make);
    crossing(make);
  });
}

function cancellation(make: (options: PoolOptions) => Executor): void {
  describe("a running job, in a pool with `cancelGrace`,", () => {
    test("is cancelled at once, told by its signal, and its worker goes on", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 1, cancelGrace: Number.POSITIVE_INFINITY });
      const where = await pool.submit(jobs.where);
      const future = pool.submit(jobs.holdUntilAborted, gate.path, "job");
      const next = pool.submit(jobs.where);
      await gate.arrivals(1);
      assert.equal(future.cancel(), true);
      assert.equal(future.cancelled(), true);
      assert.equal(future.cancel(), true);
      await assert.rejects(Promise.resolve(future), CancelledError);
      assert.equal(await next, where);
      assert.deepEqual(gate.arrived, ["job", "job ended"]);
    });

    test("that is a coroutine is cancelled by its signal", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 1, cancelGrace: Number.POSITIVE_INFINITY });
      const where = await pool.submit(jobs.where);
      const sleeping = pool.submit(contextJobs.sleepLong, gate.path, "job");
      await gate.arrivals(1);
      assert.equal(sleeping.cancel(), true);
      assert.equal(await pool.submit(jobs.where), where);
      assert.deepEqual(gate.arrived, ["job", "job ended"]);
    });

    test("loses its worker when it goes on beyond the grace time; the others are left alone", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 2, cancelGrace: 1 });
      const other = pool.submit(jobs.holdAt, gate.path, "other");
      const hanging = pool.submit(jobs.hang, gate.path, "hanging");
      const queued = pool.submit(jobs.where);
      await gate.arrivals(2);
      assert.equal(hanging.cancel(), true);
      const where = await queued;
      assert.equal(other.running(), true);
      gate.open();
      assert.equal(await other, "other");
      assert.equal(hanging.cancelled(), true);
      assert.notEqual(where, undefined);
    });

    test("loses it also while it never awaits", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 1, cancelGrace: 1 });
      const spinning = pool.submit(jobs.spin, gate.path, "spinning");
      await gate.arrivals(1);
      assert.equal(spinning.cancel(), true);
      assert.equal(await pool.submit(jobs.add, 1, 2), 3);
    });

    test("loses it at once with a grace of 0", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 1, cancelGrace: 0 });
      const where = await pool.submit(jobs.where);
      const held = pool.submit(jobs.holdUntilAborted, gate.path, "job");
      await gate.arrivals(1);
      assert.equal(held.cancel(), true);
      assert.notEqual(await pool.submit(jobs.where), where);
      assert.deepEqual(gate.arrived, ["job"]);
    });

    test("is cancelled with the task that waits for it, which hears of it at once", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 1, cancelGrace: Number.POSITIVE_INFINITY });
      await run(function* () {
        const task = createTask(
          (function* () {
            yield* getRunningLoop().runInExecutor(pool, jobs.holdUntilAborted, gate.path, "job");
          })(),
        );
        while (gate.arrived.length === 0) yield* sleep(1);
        task.cancel();
        yield* sleep(0);
        yield* sleep(0);
        assert.equal(task.cancelled(), true);
      });
      await pool.shutdown();
      assert.deepEqual(gate.arrived, ["job", "job ended"]);
    });

    test("holds up the shutdown until it has ended, and no longer", async () => {
      using gate = new Gate();
      const pool = make({ maxWorkers: 1, cancelGrace: 1 });
      const hanging = pool.submit(jobs.hang, gate.path, "hanging");
      await gate.arrivals(1);
      const shutdown = pool.shutdown();
      assert.equal(hanging.cancel(), true);
      await shutdown;
      assert.match(inspect(pool), /shutdown.*running=0\/1/);
    });
  });

  describe("a running job, in any pool,", () => {
    test("is not cancelled by cancel(), but by abort()", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 1 });
      const where = await pool.submit(jobs.where);
      const future = pool.submit(jobs.holdUntilAborted, gate.path, "job");
      await gate.arrivals(1);
      assert.equal(future.cancel(), false);
      assert.equal(future.running(), true);
      assert.equal(future.abort({ grace: Number.POSITIVE_INFINITY }), true);
      assert.equal(future.cancelled(), true);
      assert.equal(await pool.submit(jobs.where), where);
    });

    test("can be aborted with a grace time of its own", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 1 });
      const where = await pool.submit(jobs.where);
      const spinning = pool.submit(jobs.spin, gate.path, "job");
      await gate.arrivals(1);
      assert.equal(spinning.abort({ grace: 0 }), true);
      assert.notEqual(await pool.submit(jobs.where), where);
      assert.throws(() => spinning.abort({ grace: -1 }), /^RangeError: Expected `grace` of abort\(\) .*, got -1/);
    });

    test("that has finished can't be aborted, one that waits is cancelled", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 1 });
      const held = pool.submit(jobs.holdAt, gate.path, "held");
      const queued = pool.submit(jobs.arrive, gate.path, "queued");
      assert.equal(queued.abort(), true);
      gate.open();
      await held;
      assert.deepEqual([held.abort(), held.state], [false, "FINISHED"]);
      assert.deepEqual(gate.arrived, ["held"]);
    });

    test("that was aborted does not abort the next", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 1 });
      const first = pool.submit(jobs.holdUntilAborted, gate.path, "first");
      const second = pool.submit(jobs.isAborted);
      await gate.arrivals(1);
      first.abort({ grace: Number.POSITIVE_INFINITY });
      assert.equal(await second, false);
    });

    test("that is aborted while its module is loaded is not called", async () => {
      using gate = new Gate();
      const url = new URL("./workers/slow-module.ts", import.meta.url);
      url.searchParams.set("gate", gate.path);
      const slow = workerModule<typeof import("./workers/slow-module.ts")>(url);
      await using pool = make({ maxWorkers: 1 });
      const first = pool.submit(slow.arrive, "first");
      const second = pool.submit(slow.arrive, "second");
      await gate.arrivals(1);
      assert.equal(first.abort({ grace: Number.POSITIVE_INFINITY }), true);
      gate.open();
      await second;
      assert.deepEqual(gate.arrived, ["loading", "second"]);
    });

    test("of a chunk is aborted when nobody wants any of the chunk", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 1, cancelGrace: Number.POSITIVE_INFINITY });
      const paths = [gate.path, gate.path];
      const [first, second] = [...pool.map(jobs.holdUntilAborted, paths, ["a", "b"], { chunksize: 2 })];
      await gate.arrivals(1);
      assert.equal(first?.cancel(), true);
      assert.deepEqual(gate.arrived, ["a"]);
      assert.equal(second?.running(), true);
      assert.equal(second?.cancel(), true);
      await pool.shutdown();
      assert.deepEqual(gate.arrived, ["a", "a ended"]);
    });
  });

  test("`cancelGrace` must be milliseconds", () => {
    for (const cancelGrace of [-1, Number.NaN, "5" as never]) {
      assert.throws(() => make({ cancelGrace }), /^RangeError: Expected `cancelGrace` to be milliseconds/);
    }
  });
}

function initializers(make: (options: PoolOptions) => Executor): void {
  describe("an initializer", () => {
    test("runs once in each worker, before its first job, with `initargs`", async () => {
      using gate = new Gate();
      for (const initializer of [jobs.setUp, jobs.setUpLater]) {
        await using pool = make({ maxWorkers: 1, initializer, initargs: [gate.path, "ready"] as never });
        assert.deepEqual(await Promise.all([1, 2, 3].map(() => pool.submit(jobs.readSetting))), Array(3).fill("ready"));
      }
      assert.equal(gate.arrived.length, 2);
    });

    test("that fails breaks the pool, which names it and carries the cause", async () => {
      const pool = make({ maxWorkers: 1, initializer: jobs.failToSetUp });
      const futures = [1, 2].map((n) => pool.submit(jobs.add, n, n));
      for (const future of futures) {
        await assert.rejects(Promise.resolve(future), (error: Error) => {
          assert.ok(error instanceof BrokenExecutor, inspect(error));
          assert.match(
            error.message,
            / is broken: its initializer failToSetUp of file:.*jobs\.ts failed: no item 3\. It takes no more jobs/,
          );
          assert.equal((error.cause as { code?: string }).code, "E_SHOP");
          return true;
        });
      }
      assert.throws(() => pool.submit(jobs.add, 1, 2), BrokenExecutor);
      assert.match(inspect(pool), / broken /);
      await pool.shutdown();
    });

    test("must be a function of a worker module, with arguments that can be sent", () => {
      assert.throws(
        () => make({ initializer: (() => 1) as never }),
        /^TypeError: `initializer` of .* was given the function initializer\. A function can't cross/,
      );
      assert.throws(
        () => make({ initializer: jobs.setUp, initargs: ["a", () => 1] as never }),
        /^TypeError: Argument 2 of 2 for setUp of .* can't be sent to a worker/,
      );
    });
  });
}

function replacement(make: (options: PoolOptions) => Executor): void {
  describe("a worker", () => {
    test("is replaced after `maxTasksPerChild` jobs", async () => {
      await using pool = make({ maxWorkers: 1, maxTasksPerChild: 2 });
      const places = await Promise.all([1, 2, 3, 4, 5].map(() => pool.submit(jobs.where)));
      assert.equal(new Set(places).size, 3);
      assert.deepEqual(
        [places[0] === places[1], places[1] === places[2], places[2] === places[3]],
        [true, false, true],
      );
      assert.throws(
        () => make({ maxTasksPerChild: 0 }),
        /^RangeError: Expected `maxTasksPerChild` to be a whole number/,
      );
    });

    test("that dies fails its job, or all of its chunk, and nothing else", async () => {
      using gate = new Gate();
      await using pool = make({ maxWorkers: 2 });
      const held = pool.submit(jobs.holdAt, gate.path, "held");
      await gate.arrivals(1);
      const dying = pool.submit(jobs.exit, 3);
      const chunk = [...pool.map(jobs.exit, [4, 5], { chunksize: 2 })];
      const next = pool.submit(jobs.add, 1, 2);
      await assert.rejects(Promise.resolve(dying), BrokenExecutor);
      for (const future of chunk) await assert.rejects(Promise.resolve(future), BrokenExecutor);
      assert.equal(await next, 3);
      gate.open();
      assert.equal(await held, "held");
    });
  });
}

function crossing(make: (options: PoolOptions) => Executor): void {
  describe("what crosses the border", () => {
    test("context variables that are shared, as they were at the submission", async () => {
      await using pool = make({ maxWorkers: 1 });
      await run(function* () {
        requestId.set("r1");
        user.set({ name: "Ada" });
        own.set("stays");
        const future = pool.submit(contextJobs.readContext);
        requestId.set("r2");
        assert.deepEqual(yield* future, ["r1", "Ada", "r1", "r1"]);
        assert.deepEqual(yield* getRunningLoop().runInExecutor(pool, contextJobs.readContext), [
          "r2",
          "Ada",
          "r2",
          "r2",
        ]);
        yield* pool.submit(contextJobs.changeContext);
        assert.equal(requestId.get(), "r2");
      });
      assert.deepEqual(await pool.submit(contextJobs.readContext), ["none", "nobody", "none", "none"]);
    });

    test("a value of one that can't be sent is refused by its name", async () => {
      await using pool = make({ maxWorkers: 1 });
      await run(function* () {
        user.set({ name: "Ada", greet: () => 1 } as never);
        assert.throws(
          () => pool.submit(jobs.nothing),
          /^TypeError: The value of the context variable "test\.user" can't be sent to a worker with nothing of file/,
        );
        yield* sleep(0);
      });
    });

    test("in debug mode, the place of the submission", async () => {
      await using pool = make({ maxWorkers: 1 });
      await run(
        function* submitter() {
          try {
            yield* pool.submit(jobs.fail, 7);
            assert.fail("did not fail");
          } catch (error) {
            const { stack = "" } = error as Error;
            assert.match(
              stack,
              /no item 7\n.*at fail \(.*jobs\.ts.*Submitted to [^\n]*:\n.*at submitter.*pool-contract\.ts/s,
            );
          }
        },
        { debug: true },
      );
      const { stack = "" } = await Promise.resolve(pool.submit(jobs.fail, 7)).catch((error: Error) => error);
      assert.doesNotMatch(stack, /Submitted/);
    });

    test("what is transferred, there and back", async () => {
      await using pool = make({ maxWorkers: 1 });
      const bytes = new Uint8Array([0, 1, 255]);
      assert.deepEqual(await pool.submit(jobs.invert, transfer(bytes)), new Uint8Array([255, 254, 0]));
    });

    test("a mark of transfer() that lies deeper is refused, with what to write", async () => {
      await using pool = make({ maxWorkers: 1 });
      assert.throws(
        () => pool.submit(jobs.echo, { bytes: transfer(new Uint8Array(1)) }),
        /^TypeError: Argument 1 of 1 for echo of .* transfer\(\) is for a whole argument: transfer\(image, \[/,
      );
      await assert.rejects(
        Promise.resolve(pool.submit(jobs.nestedTransfer)),
        /^TypeError: nestedTransfer of .* transfer\(\) is for the whole result/,
      );
    });
  });

  test("nothing is left after all of it", async () => {
    using gate = new Gate();
    const pool = make({ maxWorkers: 2, cancelGrace: 1 });
    const hanging = pool.submit(jobs.hang, gate.path, "hanging");
    await gate.arrivals(1);
    hanging.cancel();
    await pool.shutdown();
    await delay(0);
    const left = process.getActiveResourcesInfo().filter((name) => /Port|Worker|Process|Timeout/.test(name));
    assert.deepEqual(left, []);
  });
}
