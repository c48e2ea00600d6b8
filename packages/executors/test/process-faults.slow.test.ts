/** Worker processes that die, hang or refuse to go: each ends in the right error, and nothing is left. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { leftovers } from "@yieldfrom/testing";
import { CancelledError } from "yieldfrom";
import { packFrame } from "../src/frames.ts";
import { BrokenExecutor, BrokenProcessPool, type Future, ProcessPoolExecutor, workerModule } from "../src/index.ts";
import { Gate } from "./gate.ts";
import { ended, living } from "./processes.ts";

const jobs = workerModule<typeof import("./workers/jobs.ts")>(new URL("./workers/jobs.ts", import.meta.url));
const own = workerModule<typeof import("./workers/process-jobs.ts")>(
  new URL("./workers/process-jobs.ts", import.meta.url),
);

async function brokenBy(future: Future<unknown>): Promise<BrokenProcessPool> {
  await assert.rejects(Promise.resolve(future), BrokenProcessPool);
  return future.exception() as BrokenProcessPool;
}

/** Flags that make a process run this first. */
function atStart(code: string): string[] {
  const preload = `import { closeSync, existsSync, openSync, writeFileSync } from "node:fs"; ${code}`;
  return ["--import", `data:text/javascript,${encodeURIComponent(preload)}`];
}

/** What Node prints of its end is not for the eyes of those who run the tests. */
const QUIET = atStart(`closeSync(2); openSync(${JSON.stringify(devNull)}, "w");`);

describe("a process that dies under its job", () => {
  test("fails that job only, names it, and is replaced", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, name: "fragile" });
    const dying = pool.submit(jobs.exit, 3);
    const queued = pool.submit(own.pid);
    const error = await brokenBy(dying);
    assert.ok(error instanceof BrokenExecutor);
    assert.equal(error.code, "ERR_BROKEN_PROCESS_POOL");
    assert.match(
      error.message,
      /^The process that ran exit of file:.*jobs\.ts for fragile ended before the job did: process \d+ exited with code 3\. Other jobs go on\.$/,
    );
    assert.deepEqual([error.exitCode, error.signal], [3, null]);
    assert.notEqual(await queued, error.pid);
    assert.deepEqual(living([error.pid as number]), []);
  });

  test("by a signal from outside", async () => {
    using gate = new Gate();
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const held = pool.submit(own.hold, gate.path);
    await gate.arrivals(1);
    process.kill(Number(gate.arrived[0]), "SIGKILL");
    const error = await brokenBy(held);
    assert.deepEqual([error.pid, error.exitCode, error.signal], [Number(gate.arrived[0]), null, "SIGKILL"]);
    assert.match(error.message, /was ended by SIGKILL \(somebody killed it, or the system did for want of memory\)/);
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
  });

  test("by abort()", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, workerOptions: { execArgv: QUIET } });
    const error = await brokenBy(pool.submit(own.crash));
    assert.equal(error.signal, "SIGABRT");
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
  });

  test("for want of memory", async () => {
    const workerOptions = { execArgv: QUIET, resourceLimits: { maxOldGenerationSizeMb: 20 } };
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, workerOptions });
    const error = await brokenBy(pool.submit(own.devour));
    assert.match(error.message, /SIG(ABRT|TRAP)|code 134/);
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
  });

  test("by an error that nobody caught: it is the cause", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, workerOptions: { execArgv: QUIET } });
    const thrown = await brokenBy(pool.submit(own.throwLater));
    assert.match(thrown.message, /exited with code 1 \(RangeError: thrown by a timer\)/);
    const cause = (thrown.cause as Error).cause as Error;
    assert.ok(cause instanceof RangeError);
    assert.match(cause.stack ?? "", /process-jobs\.ts/);
    const rejected = await brokenBy(pool.submit(jobs.rejectElsewhere));
    assert.match(rejected.message, /Error: nobody caught this/);
  });

  test("leaves the jobs of other processes alone, however many die", async () => {
    using gate = new Gate();
    await using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
    const held = pool.submit(own.hold, gate.path);
    await gate.arrivals(1);
    for (let i = 0; i < 5; i++) await brokenBy(pool.submit(jobs.exit, i));
    gate.open();
    assert.equal(await held, Number(gate.arrived[0]));
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
  });

  test("fails all calls of its chunk", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const outcomes = [];
    for (const future of pool.map(jobs.exit, [1, 2], { chunksize: 2 })) outcomes.push(await brokenBy(future));
    assert.deepEqual(
      outcomes.map(({ exitCode }) => exitCode),
      [1, 1],
    );
  });

  test("during shutdown does not hold it up", async () => {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const dying = pool.submit(jobs.exit, 1);
    const queued = pool.submit(jobs.add, 1, 2);
    await pool.shutdown();
    assert.ok(dying.exception() instanceof BrokenProcessPool);
    assert.equal(queued.result(), 3);
    assert.deepEqual(await leftovers(), []);
  });
});

describe("a process that dies between two jobs", () => {
  test("is reported and replaced", async (t) => {
    const print = t.mock.method(console, "error", () => {});
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, name: "fragile" });
    const pid = await pool.submit(own.pid);
    process.kill(pid, "SIGKILL");
    while (print.mock.callCount() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const [text, error] = print.mock.calls[0]?.arguments ?? [];
    assert.equal(text, "A process of fragile ended while it had no job; it is replaced when needed.\n");
    assert.match(error.message, new RegExp(`^process ${pid} was ended by SIGKILL`));
    assert.notEqual(await pool.submit(own.pid), pid);
  });
});

describe("a process whose channel is written to by somebody else", () => {
  test("is ended when what came is no message", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const error = await brokenBy(pool.submit(own.scribble, [1, 2, 3]));
    assert.equal(error.signal, "SIGKILL");
    assert.match(error.message, /was ended by SIGKILL \(Error: Unable to deserialize cloned data due to invalid/);
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
  });

  test("fails its job when what came has no value that can be read", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const [body] = packFrame(null) as [Buffer];
    const bytes = [...body.subarray(4, -1), 255];
    await assert.rejects(
      Promise.resolve(pool.submit(own.scribble, bytes)),
      /^TypeError: What scribble of file:.*process-jobs\.ts returned can't be read here: Unable to deserialize/,
    );
  });
});

describe("a process that does not listen any more", () => {
  test("is ended by shutdown all the same", async () => {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const pid = await pool.submit(own.loopLater);
    await pool.shutdown();
    assert.deepEqual(living([pid]), []);
    assert.deepEqual(await leftovers(), []);
  });
});

describe("a process that can't start", () => {
  test("three times in a row: the pool is broken, and says so", async () => {
    const workerOptions = { execArgv: atStart("process.exit(7);") };
    const pool = new ProcessPoolExecutor({ maxWorkers: 1, name: "hopeless", workerOptions });
    const futures = [pool.submit(jobs.add, 1, 2), pool.submit(jobs.add, 3, 4)];
    for (const future of futures) {
      const error = await brokenBy(future);
      assert.match(
        error.message,
        /^hopeless is broken: the last 3 times a process ended while it started: process \d+ exited with code 7\. It takes no more jobs; make a new one\.$/,
      );
      assert.equal(error.exitCode, 7);
    }
    assert.throws(() => pool.submit(jobs.add, 1, 2), BrokenProcessPool);
    await pool.shutdown();
    assert.deepEqual(await leftovers(), []);
  });

  test("as there is no such program", async () => {
    const pool = new ProcessPoolExecutor({ workerOptions: { execPath: "/nowhere/node" } });
    const error = await brokenBy(pool.submit(jobs.add, 1, 2));
    assert.match(error.message, /a process could not be started \(Error: spawn \/nowhere\/node ENOENT\)/);
    assert.deepEqual([error.pid, error.exitCode, error.signal], [undefined, null, null]);
    await pool.shutdown();
    assert.deepEqual(await leftovers(), []);
  });

  test("as no program can have such a name", async () => {
    await using pool = new ProcessPoolExecutor({ workerOptions: { execPath: "no\0de" } });
    const error = await brokenBy(pool.submit(jobs.add, 1, 2));
    assert.match(error.message, /a process could not be started \(TypeError: .* without null bytes/);
  });

  test("once: another takes its place, and no job is lost", async (t) => {
    using gate = new Gate();
    const print = t.mock.method(console, "error", () => {});
    const flag = JSON.stringify(join(gate.path, "started"));
    const workerOptions = {
      execArgv: atStart(`if (!existsSync(${flag})) { writeFileSync(${flag}, ""); process.exit(7); }`),
    };
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, name: "fragile", workerOptions });
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
    assert.equal(existsSync(join(gate.path, "started")), true);
    assert.equal(
      print.mock.calls[0]?.arguments[0],
      "A process of fragile ended while it started; another has taken its place.\n",
    );
  });

  test("while another runs: the jobs wait for that one", async (t) => {
    using gate = new Gate();
    const print = t.mock.method(console, "error", () => {});
    const flag = JSON.stringify(join(gate.path, "started"));
    const code = `if (existsSync(${flag})) process.exit(7); writeFileSync(${flag}, "");`;
    await using pool = new ProcessPoolExecutor({
      maxWorkers: 2,
      name: "short",
      workerOptions: { execArgv: atStart(code) },
    });
    const held = pool.submit(own.hold, gate.path);
    await gate.arrivals(1);
    for (let failed = 0; failed < 5; failed++) {
      const queued = pool.submit(own.pid);
      if (failed === 0) while (print.mock.callCount() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      queued.cancel();
    }
    const queued = pool.submit(own.pid);
    gate.open();
    assert.equal(await queued, await held);
    assert.equal(print.mock.callCount(), 1);
    assert.equal(
      print.mock.calls[0]?.arguments[0],
      "A process of short could not be started; it goes on with those it has.\n",
    );
  });

  test("as its initializer throws: the pool is broken, and the error is the cause", async () => {
    const pool = new ProcessPoolExecutor({
      maxWorkers: 2,
      name: "picky",
      initializer: own.refuse,
      initargs: ["not today"],
    });
    const futures = [pool.submit(jobs.add, 1, 2), pool.submit(jobs.add, 3, 4)];
    for (const future of futures) {
      const error = await brokenBy(future);
      assert.match(
        error.message,
        /^picky is broken: its initializer refuse of file:.*process-jobs\.ts failed: not today\. /,
      );
      assert.ok(error.cause instanceof RangeError);
    }
    assert.throws(() => pool.submit(jobs.add, 1, 2), /picky is broken/);
    await pool.shutdown();
    assert.deepEqual(await leftovers(), []);
  });
});

describe("a job that is cancelled while it runs", () => {
  test("hears of it, and its process goes on", async () => {
    using gate = new Gate();
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, cancelGrace: 60_000 });
    const future = pool.submit(own.untilAborted, gate.path);
    await gate.arrivals(1);
    assert.equal(future.cancel(), true);
    await assert.rejects(Promise.resolve(future), CancelledError);
    assert.equal(await pool.submit(own.pid), Number(gate.arrived[0]));
    assert.deepEqual(gate.arrived.slice(1), ["aborted"]);
  });

  test("and never looks: its process is ended when the grace time is over, and replaced", async () => {
    using gate = new Gate();
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const future = pool.submit(own.loop, gate.path);
    const queued = pool.submit(own.pid);
    await gate.arrivals(1);
    assert.equal(future.abort({ grace: 1 }), true);
    assert.equal(future.cancelled(), true);
    assert.notEqual(await queued, Number(gate.arrived[0]));
    await ended(Number(gate.arrived[0]));
  });

  test("and refuses SIGTERM: it gets a SIGKILL", async () => {
    using gate = new Gate();
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const future = pool.submit(own.holdOn, gate.path);
    const queued = pool.submit(own.pid);
    await gate.arrivals(1);
    future.abort({ grace: 0 });
    assert.notEqual(await queued, Number(gate.arrived[0]));
    assert.equal(gate.arrived[1], "SIGTERM");
    await ended(Number(gate.arrived[0]));
  });

  test("while its process starts never runs", async () => {
    using gate = new Gate();
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const future = pool.submit(jobs.arrive, gate.path, "ran");
    assert.equal(future.state, "PENDING");
    assert.equal(future.cancel(), true);
    await pool.submit(jobs.nothing);
    await pool.shutdown();
    assert.deepEqual(gate.arrived, []);
    assert.deepEqual(await leftovers(), []);
  });
});
