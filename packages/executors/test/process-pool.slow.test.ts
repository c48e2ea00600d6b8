import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { leftovers } from "@yieldfrom/testing";
import { BrokenProcessPool, ProcessPoolExecutor, transfer, workerModule } from "../src/index.ts";
import { executorContract } from "./executor-contract.ts";
import { Gate } from "./gate.ts";
import { poolContract } from "./pool-contract.ts";
import { living } from "./processes.ts";

executorContract("ProcessPoolExecutor", (options) => new ProcessPoolExecutor(options));
poolContract("ProcessPoolExecutor", (options) => new ProcessPoolExecutor(options));

const jobs = workerModule<typeof import("./workers/jobs.ts")>(new URL("./workers/jobs.ts", import.meta.url));
const own = workerModule<typeof import("./workers/process-jobs.ts")>(
  new URL("./workers/process-jobs.ts", import.meta.url),
);

describe("the processes of a ProcessPoolExecutor", () => {
  test("are started one by one, when a job finds none idle", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 4 });
    const pids = new Set<number>();
    for (let i = 0; i < 5; i++) pids.add(await pool.submit(own.pid));
    assert.equal(pids.size, 1);
    assert.equal(pids.has(process.pid), false);
  });

  test("run jobs at the same time", async () => {
    using gate = new Gate();
    await using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
    const held = [pool.submit(own.hold, gate.path), pool.submit(own.hold, gate.path)];
    await gate.arrivals(2);
    gate.open();
    assert.equal(new Set(await Promise.all(held)).size, 2);
  });

  test("are gone after shutdown, and hold nothing while they are idle", async () => {
    const pool = new ProcessPoolExecutor({ maxWorkers: 2 });
    using gate = new Gate();
    const held = [pool.submit(own.hold, gate.path), pool.submit(own.hold, gate.path)];
    await gate.arrivals(2);
    gate.open();
    const pids = await Promise.all(held);
    assert.deepEqual(await leftovers(), []);
    assert.deepEqual(living(pids), pids);
    await pool.shutdown();
    assert.deepEqual(living(pids), []);
    assert.deepEqual(await leftovers(), []);
  });

  test("are replaced after maxTasksPerChild jobs", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerChild: 2 });
    const pids: number[] = [];
    for (let i = 0; i < 5; i++) pids.push(await pool.submit(own.pid));
    assert.deepEqual(
      pids.map((pid) => pids.indexOf(pid)),
      [0, 0, 2, 2, 4],
    );
  });

  test("run the initializer before their first job", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, initializer: own.greet, initargs: ["hello"] });
    const pid = await pool.submit(own.pid);
    assert.equal(await pool.submit(own.greeted), `hello ${pid}`);
  });

  test("are Node's own, with no channel but ours, and no input", async () => {
    const folder = realpathSync(tmpdir());
    await using pool = new ProcessPoolExecutor({
      maxWorkers: 1,
      workerOptions: {
        execArgv: ["--no-deprecation"],
        env: { ...process.env, POOL_TEST: "set" },
        cwd: folder,
        resourceLimits: { maxOldGenerationSizeMb: 100, maxYoungGenerationSizeMb: 9 },
      },
    });
    assert.deepEqual(await pool.submit(own.surroundings), {
      send: "undefined",
      input: 0,
      execArgv: ["--no-deprecation", "--max-old-space-size=100", "--max-semi-space-size=3"],
      env: "set",
      cwd: folder,
    });
  });
});

describe("what is sent to a process and back", () => {
  test("may be large", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    assert.equal(await pool.submit(own.byteLength, new Uint8Array(100_000_000)), 100_000_000);
    assert.equal((await pool.submit(own.zeros, 100_000_000)).length, 100_000_000);
    const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251);
    assert.deepEqual(await pool.submit(jobs.reverse, bytes), bytes.toReversed());
  });

  test("is copied, also by transfer(), which takes it away from here", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const bytes = new Uint8Array([1, 2, 3]);
    const reversed = pool.submit(jobs.reverse, transfer(bytes));
    assert.equal(bytes.length, 0);
    assert.deepEqual(await reversed, new Uint8Array([3, 2, 1]));
  });

  test("an argument that belongs to this process is refused by name", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    assert.throws(
      () => pool.submit(jobs.increment, new Int32Array(new SharedArrayBuffer(4))),
      /^TypeError: Argument 1 of 1 for increment of file:.*jobs\.ts can't be sent to a worker: #<SharedArrayBuffer> could not be cloned: processes share no memory\. /,
    );
    assert.throws(
      () => pool.submit(jobs.echo, { deep: [new Blob(["a"])] }),
      /#<Blob> could not be cloned: it belongs to the process that made it\. /,
    );
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
  });

  test("a result that belongs to the worker fails its job only", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    await assert.rejects(
      Promise.resolve(pool.submit(own.makeBlob)),
      /^TypeError: makeBlob of file:.*process-jobs\.ts returned something that can't be sent back: #<Blob> could not/,
    );
    await assert.rejects(Promise.resolve(pool.submit(own.makeShared)), /processes share no memory/);
    await assert.rejects(Promise.resolve(pool.submit(own.throwShared)), { message: "with memory", port: 80 });
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
  });
});

describe("the options of a ProcessPoolExecutor", () => {
  test("have defaults", async () => {
    const first = new ProcessPoolExecutor();
    const second = new ProcessPoolExecutor({ name: "resizing", maxWorkers: 3 });
    assert.equal(first.maxWorkers, availableParallelism());
    assert.match(first.name, /^ProcessPoolExecutor-\d+$/);
    assert.equal(inspect(second), "<ProcessPoolExecutor name='resizing' running=0/3 queued=0>");
    await Promise.all([first.shutdown(), second.shutdown()]);
  });

  test("that are wrong are refused by name", () => {
    for (const maxWorkers of [0, 1.5, "2" as never]) {
      assert.throws(() => new ProcessPoolExecutor({ maxWorkers }), /^RangeError: Expected `maxWorkers` to be a whole/);
    }
    assert.throws(() => new ProcessPoolExecutor({ maxTasksPerChild: 0 }), /^RangeError: Expected `maxTasksPerChild`/);
    assert.throws(
      () => new ProcessPoolExecutor({ workerOptions: { resourceLimits: { maxOldGenerationSizeMb: -1 } } }),
      /^RangeError: Expected `maxOldGenerationSizeMb` of resourceLimits to be megabytes, more than 0, got -1\.$/,
    );
    assert.throws(() => new ProcessPoolExecutor({ initializer: (() => {}) as never }), /^TypeError: `initializer` of/);
  });
});

describe("terminateWorkers() and killWorkers()", () => {
  for (const [name, signal] of [
    ["terminateWorkers", "SIGTERM"],
    ["killWorkers", "SIGKILL"],
  ] as const) {
    test(`${name}() ends what runs by ${signal}, cancels what waits, and takes no more`, async () => {
      using gate = new Gate();
      const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
      const running = pool.submit(own.hold, gate.path);
      const queued = pool.submit(own.pid);
      await gate.arrivals(1);
      const pid = Number(gate.arrived[0]);
      const gone = pool[name]();
      assert.equal(queued.cancelled(), true);
      assert.throws(() => pool.submit(own.pid), /after its shutdown/);
      await gone;
      assert.deepEqual(living([pid]), []);
      const error = running.exception() as BrokenProcessPool;
      assert.ok(error instanceof BrokenProcessPool);
      assert.deepEqual([error.pid, error.signal], [pid, signal]);
      assert.match(error.message, new RegExp(`ended before the job did: ${name}\\(\\) was called\\.$`));
      assert.deepEqual(await leftovers(), []);
    });
  }

  test("of a pool that has no process, or one that still starts", async () => {
    const idle = new ProcessPoolExecutor({ maxWorkers: 1 });
    await idle.terminateWorkers();
    await idle.killWorkers();
    for (const name of ["terminateWorkers", "killWorkers"] as const) {
      const starting = new ProcessPoolExecutor({ maxWorkers: 2 });
      const future = starting.submit(own.pid);
      await starting[name]();
      assert.equal(future.cancelled(), true);
    }
    assert.deepEqual(await leftovers(), []);
  });

  test("one that refuses SIGTERM is killed", async () => {
    using gate = new Gate();
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const running = pool.submit(own.holdOn, gate.path);
    await gate.arrivals(1);
    await pool.terminateWorkers();
    assert.equal((running.exception() as BrokenProcessPool).signal, "SIGKILL");
    assert.equal(gate.arrived[1], "SIGTERM");
  });
});
