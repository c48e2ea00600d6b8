import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { MessageChannel, type Worker } from "node:worker_threads";
import { CancelledError, createTask, from, getRunningLoop, run, sleep, wait } from "yieldfrom";
import { BrokenExecutor, BrokenThreadPool, ThreadPoolExecutor, transfer, workerModule } from "../src/index.ts";
import { executorContract } from "./executor-contract.ts";
import { Gate } from "./gate.ts";
import { poolContract } from "./pool-contract.ts";

executorContract("ThreadPoolExecutor", (options) => new ThreadPoolExecutor(options));
poolContract("ThreadPoolExecutor", (options) => new ThreadPoolExecutor(options));

const jobs = workerModule<typeof import("./workers/jobs.ts")>(new URL("./workers/jobs.ts", import.meta.url));

/** Handles that keep this process alive and belong to threads. */
function threadHandles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name === "MessagePort" || name === "Worker");
}

describe("the threads of a ThreadPoolExecutor", () => {
  test("an idle thread is used before another is started", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
    const ids = new Set<string>();
    for (let i = 0; i < 5; i++) ids.add(await pool.submit(jobs.where));
    assert.equal(ids.size, 1);
  });

  test("share memory that is made to be shared", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const counter = new Int32Array(new SharedArrayBuffer(4));
    await Promise.all(Array.from({ length: 10 }, () => pool.submit(jobs.increment, counter)));
    assert.equal(counter[0], 10);
  });

  test("hold nothing while they are idle, and have ended after shutdown", async () => {
    const ended: boolean[] = [];
    const watch = (worker: Worker) => {
      const index = ended.push(false) - 1;
      worker.once("exit", () => {
        ended[index] = true;
      });
    };
    process.on("worker", watch);
    try {
      const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
      await Promise.all([pool.submit(jobs.add, 1, 2), pool.submit(jobs.add, 3, 4)]);
      assert.deepEqual(threadHandles(), []);
      assert.deepEqual(ended, [false, false]);
      await pool.shutdown();
    } finally {
      process.off("worker", watch);
    }
    assert.deepEqual(ended, [true, true]);
    assert.deepEqual(threadHandles(), []);
  });

  test("large results arrive whole", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251);
    assert.deepEqual(await pool.submit(jobs.reverse, bytes), bytes.toReversed());
  });
});

describe("what is transferred to a thread", () => {
  test("is gone here at the submission, whether the job starts at once or waits", async () => {
    using gate = new Gate();
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    await pool.submit(jobs.nothing);
    const [first, second] = [new Uint8Array([0, 1]), new Uint8Array([2, 3])];
    const whole = second.subarray(0);
    const inverted = pool.submit(jobs.invert, transfer(first));
    const held = pool.submit(jobs.holdAt, gate.path, "held");
    const waiting = pool.submit(jobs.invert, transfer(second));
    assert.deepEqual([first.length, second.length, whole.length], [0, 0, 0]);
    gate.open();
    assert.deepEqual(await inverted, new Uint8Array([255, 254]));
    assert.deepEqual(await waiting, new Uint8Array([253, 252]));
    await held;
    assert.throws(
      () => pool.submit(jobs.invert, transfer(first)),
      /^TypeError: Argument 1 of 1 for invert of .* can't be sent to a worker: it was moved before/,
    );
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
  });

  test("is not copied", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const bytes = new Uint8Array(8);
    assert.equal(await pool.submit(jobs.keep, transfer(bytes)), 8);
    // What the job returned by transfer() is gone there.
    assert.equal((await pool.submit(jobs.giveBack)).length, 8);
    assert.equal(await pool.submit(jobs.keptLength), 0);
  });

  test("may be a port or a stream, named or alone", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve) => port1.once("message", resolve));
    await pool.submit(jobs.answerAt, transfer({ port: port2, text: "hello" }, [port2]));
    assert.equal(await answer, "hello");
    port1.close();
    const stream = new ReadableStream<string>({
      start(controller) {
        for (const chunk of ["a", "b"]) controller.enqueue(chunk);
        controller.close();
      },
    });
    assert.equal(await pool.submit(jobs.readAll, transfer(stream)), "ab");
    assert.throws(
      () => pool.submit(jobs.answerAt, { port: new MessageChannel().port1, text: "" }),
      /^TypeError: Argument 1 of 1 for answerAt of .*what can be moved is given as transfer\(…\)/,
    );
    // Memory that Node shares among small Buffers can't leave.
    assert.throws(
      () => pool.submit(jobs.echo, transfer(Buffer.from("small"))),
      /^TypeError: .* can't be sent to a worker/,
    );
  });

  test("in a map, item by item", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const images = [1, 2, 3].map((n) => new Uint8Array([n]));
    const moved = images.map((image) => transfer(image));
    const inverted: number[] = [];
    for await (const [first] of pool.map(jobs.invert, moved, { chunksize: 2 })) inverted.push(first ?? -1);
    assert.deepEqual(inverted, [254, 253, 252]);
    assert.deepEqual(
      images.map((image) => image.length),
      [0, 0, 0],
    );
  });
});

describe("the options of a ThreadPoolExecutor", () => {
  test("have concurrent.futures' defaults", async () => {
    const first = new ThreadPoolExecutor();
    const second = new ThreadPoolExecutor({ threadNamePrefix: "saving", maxWorkers: 3 });
    assert.equal(first.maxWorkers, Math.min(32, availableParallelism() + 4));
    assert.match(first.name, /^ThreadPoolExecutor-\d+$/);
    assert.equal(inspect(second), "<ThreadPoolExecutor name='saving' running=0/3 queued=0>");
    await Promise.all([first.shutdown(), second.shutdown()]);
  });

  test("refuse a number of workers that is none", () => {
    for (const maxWorkers of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "2" as never]) {
      assert.throws(
        () => new ThreadPoolExecutor({ maxWorkers }),
        /^RangeError: Expected `maxWorkers` to be a whole number/,
      );
    }
  });
});

describe("a thread that dies", () => {
  test("fails its job only, names it, and is replaced", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, threadNamePrefix: "fragile" });
    const dying = pool.submit(jobs.exit, 3);
    const queued = pool.submit(jobs.add, 1, 2);
    await assert.rejects(Promise.resolve(dying), (error: Error) => {
      assert.ok(error instanceof BrokenThreadPool && error instanceof BrokenExecutor);
      assert.match(
        error.message,
        /^The thread that ran exit of file:.*jobs\.ts for fragile ended before the job did: /,
      );
      assert.match(error.message, /exited with code 3/);
      return true;
    });
    assert.equal(await queued, 3);
  });

  test("by an error outside the job's call: the error is the cause", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const dying = pool.submit(jobs.rejectElsewhere);
    await assert.rejects(Promise.resolve(dying), /^BrokenThreadPool: .*nobody caught this/);
    assert.equal((dying.exception() as { cause?: Error }).cause?.message, "nobody caught this");
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
  });

  test("by a lack of memory, of which `workerOptions` sets the limit: only its job fails", async () => {
    await using pool = new ThreadPoolExecutor({
      maxWorkers: 1,
      workerOptions: { resourceLimits: { maxOldGenerationSizeMb: 24 } },
    });
    const filling = pool.submit(jobs.fillMemory);
    await assert.rejects(Promise.resolve(filling), /^BrokenThreadPool: The thread that ran fillMemory .* memory limit/);
    assert.equal((filling.exception() as { cause?: NodeJS.ErrnoException }).cause?.code, "ERR_WORKER_OUT_OF_MEMORY");
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
  });

  test("after its job was aborted is replaced without a word", async (t) => {
    using gate = new Gate();
    const print = t.mock.method(console, "error", () => {});
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const spinning = pool.submit(jobs.spin, gate.path, "spinning");
    await gate.arrivals(1);
    spinning.abort({ grace: 0 });
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
    assert.equal(print.mock.callCount(), 0);
  });

  test("leaves the jobs of other threads alone", async () => {
    using gate = new Gate();
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const held = pool.submit(jobs.holdAt, gate.path, "held");
    await gate.arrivals(1);
    await assert.rejects(Promise.resolve(pool.submit(jobs.exit, 0)), BrokenThreadPool);
    gate.open();
    assert.equal(await held, "held");
  });

  test("between two jobs is reported and replaced", async (t) => {
    const print = t.mock.method(console, "error", () => {});
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, threadNamePrefix: "fragile" });
    await pool.submit(jobs.dieLater);
    while (print.mock.callCount() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const [text, error] = print.mock.calls[0]?.arguments ?? [];
    assert.equal(text, "A thread of fragile ended while it had no job; it is replaced when needed.\n");
    assert.equal(error.message, "thrown between jobs");
    assert.equal(await pool.submit(jobs.add, 1, 2), 3);
    assert.equal(print.mock.callCount(), 1);
  });

  test("during shutdown does not hold it up", async () => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const dying = pool.submit(jobs.exit, 1);
    const queued = pool.submit(jobs.add, 1, 2);
    await pool.shutdown();
    assert.ok(dying.exception() instanceof BrokenThreadPool);
    assert.equal(queued.result(), 3);
    assert.deepEqual(threadHandles(), []);
  });
});

describe("a job in a thread", () => {
  test("that never awaits may ask its signal", async () => {
    using gate = new Gate();
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, cancelGrace: Number.POSITIVE_INFINITY });
    const where = await pool.submit(jobs.where);
    const spinning = pool.submit(jobs.spinUntilAborted, gate.path, "job");
    await gate.arrivals(1);
    assert.equal(spinning.cancel(), true);
    assert.equal(await pool.submit(jobs.where), where);
    assert.deepEqual(gate.arrived, ["job", "job ended"]);
  });
});

describe("a pool under an event loop", () => {
  test("runInExecutor waits without holding the loop up", async () => {
    using gate = new Gate();
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const turns = await run(function* () {
      const future = getRunningLoop().runInExecutor(pool, jobs.holdAt, gate.path, "job");
      let turns = 0;
      while (gate.arrived.length === 0) {
        turns++;
        yield* sleep(1);
      }
      gate.open();
      assert.equal(yield* future, "job");
      return turns;
    });
    assert.ok(turns > 0);
  });

  test("a task that only waits for a job is no deadlock", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const sum = await run(function* () {
      return yield* getRunningLoop().runInExecutor(pool, jobs.addLater, 1, 2);
    });
    assert.equal(sum, 3);
  });

  test("cancelling the waiting task cancels a queued job, a running one goes on and its result is dropped", async () => {
    using gate = new Gate();
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    await run(function* () {
      const hold = function* (name: string) {
        yield* getRunningLoop().runInExecutor(pool, jobs.holdAt, gate.path, name);
      };
      const tasks = [createTask(hold("running")), createTask(hold("queued"))];
      while (gate.arrived.length === 0) yield* sleep(1);
      for (const task of tasks) task.cancel();
      for (const task of tasks) {
        try {
          yield* task;
          assert.fail("was not cancelled");
        } catch (error) {
          assert.ok(error instanceof CancelledError);
        }
      }
      assert.equal(inspect(pool).includes("running=1/1 queued=0"), true, inspect(pool));
    });
    gate.open();
    await pool.shutdown();
    assert.deepEqual(gate.arrived, ["running"]);
  });
});

describe("a coroutine that owns a pool", () => {
  const own = function* (gate: Gate, ended: string[]) {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    try {
      yield* pool.submit(jobs.holdAt, gate.path, "job");
    } finally {
      yield* from(pool.shutdown());
      ended.push(inspect(pool).includes("running=0/1") ? "ended" : "still running");
    }
  };

  test("and is cancelled ends it after its running job", async () => {
    using gate = new Gate();
    const ended: string[] = [];
    await run(function* () {
      const task = createTask(own(gate, ended));
      while (gate.arrived.length === 0) yield* sleep(1);
      task.cancel();
      yield* sleep(1);
      assert.deepEqual(ended, []);
      gate.open();
      yield* wait([task]);
      assert.equal(task.cancelled(), true);
    });
    assert.deepEqual(ended, ["ended"]);
    assert.deepEqual(threadHandles(), []);
  });
});

describe("a program with a ThreadPoolExecutor", () => {
  const index = JSON.stringify(new URL("../src/index.ts", import.meta.url).href);
  const module = JSON.stringify(new URL("./workers/jobs.ts", import.meta.url).href);

  interface Setting {
    readonly maxWorkers?: number;
    /** Code that every thread runs when it starts. */
    readonly atStart?: string;
  }

  function program(body: string, { maxWorkers = 2, atStart = "" }: Setting = {}) {
    const source = `
      import { ThreadPoolExecutor, workerModule } from ${index};
      const jobs = workerModule(new URL(${module}));
      const pool = new ThreadPoolExecutor({ maxWorkers: ${maxWorkers} });
      ${body}`;
    const preload = `
      import { existsSync, writeFileSync } from "node:fs";
      import { isMainThread } from "node:worker_threads";
      if (!isMainThread) { ${atStart} }`;
    const flags = atStart === "" ? [] : ["--import", `data:text/javascript,${encodeURIComponent(preload)}`];
    const args = [...flags, "-e", source];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 20_000 });
    return { status, stdout, stderr };
  }

  test("ends by itself without shutdown, once its jobs are done, queued ones too", () => {
    const body = "for (let i = 0; i < 3; i++) pool.submit(jobs.addLater, i, 1).then(console.log);";
    const { status, stdout, stderr } = program(body);
    assert.deepEqual(
      { status, lines: stdout.trim().split("\n").sort(), stderr },
      { status: 0, lines: ["1", "2", "3"], stderr: "" },
    );
  });

  test("ends by itself when its threads have been idle", () => {
    const body = "console.log(await pool.submit(jobs.add, 1, 2));";
    assert.deepEqual(program(body), { status: 0, stdout: "3\n", stderr: "" });
  });

  test("ends when its last job was aborted, though that never ends", () => {
    const body = `
      const endless = pool.submit(jobs.endless);
      while (!endless.running()) await new Promise((resolve) => setImmediate(resolve));
      console.log(endless.abort({ grace: 1 }));`;
    assert.deepEqual(program(body), { status: 0, stdout: "true\n", stderr: "" });
  });

  test("ends when its pool is shut down in `using`, without waiting", () => {
    const body = `{ using disposed = pool; disposed.submit(jobs.add, 1, 2).then(console.log); }
      try { pool.submit(jobs.add, 1, 2); } catch (error) { console.log(error.name); }`;
    assert.deepEqual(program(body), { status: 0, stdout: "RuntimeError\n3\n", stderr: "" });
  });

  test("sees everything a job printed, also when the pool shuts down at once", () => {
    const body = "await pool.submit(jobs.print, 3000); await pool.shutdown();";
    const { status, stdout } = program(body);
    assert.equal(status, 0);
    assert.equal(stdout, Array.from({ length: 3000 }, (_, i) => `line ${i}\n`).join(""));
  });

  test("whose threads can't start is told so, and does not hang: the pool is broken", () => {
    const body = `
      const outcomes = await Promise.allSettled([1, 2, 3].map((i) => pool.submit(jobs.add, i, 1)));
      console.log(outcomes.map(({ reason }) => reason.name + " " + reason.cause.message).join("\\n"));
      try { pool.submit(jobs.add, 1, 2); } catch (error) { console.log("again", error.name); }
      await pool.shutdown();`;
    const stdout = `${"BrokenThreadPool no thread today\n".repeat(3)}again BrokenThreadPool\n`;
    const outcome = program(body, { maxWorkers: 1, atStart: 'throw new Error("no thread today");' });
    assert.deepEqual(outcome, { status: 0, stdout, stderr: "" });
  });

  test("whose threads Node refuses to start is told so", async () => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1, workerOptions: { execArgv: ["--no-such-flag"] } });
    await assert.rejects(
      Promise.resolve(pool.submit(jobs.add, 1, 2)),
      /^BrokenThreadPool: .* is broken: .*ended while it started: Initiated Worker with invalid execArgv flags/,
    );
    await pool.shutdown();
  });

  test("one of whose threads can't start goes on with another, and no job is lost", () => {
    using gate = new Gate();
    const body = `
      const outcomes = await Promise.allSettled([1, 2, 3].map((i) => pool.submit(jobs.add, i, 1)));
      console.log(outcomes.map(({ value, reason }) => value ?? reason.cause.message).join("\\n"));
      await pool.submit(jobs.exit, 3).then(undefined, (error) => console.log(error.cause.message));`;
    const flag = JSON.stringify(`${gate.path}/started`);
    const atStart = `if (!existsSync(${flag})) { writeFileSync(${flag}, ""); process.exit(7); }`;
    const { status, stdout, stderr } = program(body, { maxWorkers: 1, atStart });
    assert.deepEqual({ status, stdout }, { status: 0, stdout: "2\n3\n4\nthe thread exited with code 3\n" });
    assert.match(stderr, /^A thread of ThreadPoolExecutor-\d+ ended while it started; another has taken its place\.\n/);
  });
});
