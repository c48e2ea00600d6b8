/** The pool's side, P1 to P4, on workers that do what the test says. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BrokenExecutor } from "../src/errors.ts";
import type { WorkerPoolOptions } from "../src/pool-options.ts";
import type { FromWorker, Job } from "../src/wire.ts";
import { workerModule } from "../src/worker-module.ts";
import { WorkerPool } from "../src/worker-pool.ts";
import type { WorkerEvents, WorkerKind, WorkerLink } from "../src/workers.ts";

const jobs = workerModule<typeof import("./workers/jobs.ts")>(new URL("./workers/jobs.ts", import.meta.url));

class FakeWorker implements WorkerLink<Job> {
  readonly events: WorkerEvents;
  readonly got: Job[] = [];
  readonly aborted: number[] = [];
  held = false;
  ended: "" | "politely" | "by force" = "";

  constructor(events: WorkerEvents) {
    this.events = events;
  }

  send(job: Job): void {
    if (job.args.includes("unsendable")) throw new DOMException("it can't be sent", "DataCloneError");
    this.got.push(job);
  }

  abort(id: number): void {
    this.aborted.push(id);
  }

  hold(held: boolean): void {
    this.held = held;
  }

  end(): void {
    this.ended = "politely";
  }

  terminate(): void {
    this.ended = "by force";
  }

  arrive(): void {
    this.events.received({ ready: true });
  }

  answer(value: unknown): void {
    this.events.received({ ok: true, value } satisfies FromWorker);
  }

  die(text = "it died"): void {
    this.events.ended(new Error(text));
  }
}

class FakePool extends WorkerPool<Job> {
  protected override readonly _noun = "worker";
  protected override readonly _endings = "Much can.";
  readonly workers: FakeWorker[];

  constructor(options: WorkerPoolOptions<never> = {}) {
    const workers: FakeWorker[] = [];
    const kind: WorkerKind<Job> = {
      pack: (job) => job,
      start(events) {
        const worker = new FakeWorker(events);
        workers.push(worker);
        return worker;
      },
    };
    super("pool", kind, options as unknown as WorkerPoolOptions<unknown[]>);
    this.workers = workers;
  }

  protected override _brokenError(message: string, cause: unknown): BrokenExecutor {
    return new BrokenExecutor(message, { cause });
  }

  get held(): boolean[] {
    return this.workers.map(({ held }) => held);
  }
}

function only(pool: FakePool): FakeWorker {
  assert.equal(pool.workers.length, 1);
  return pool.workers[0] as FakeWorker;
}

describe("a pool", () => {
  test("gives a worker one job at a time, the others wait in order (P1)", () => {
    const pool = new FakePool({ maxWorkers: 1 });
    const futures = [1, 2, 3].map((n) => pool.submit(jobs.add, n, n));
    const worker = only(pool);
    worker.arrive();
    assert.deepEqual(
      futures.map(({ state }) => state),
      ["RUNNING", "PENDING", "PENDING"],
    );
    futures[1]?.cancel();
    worker.answer("first");
    assert.deepEqual(
      worker.got.map(({ args }) => args),
      [
        [1, 1],
        [3, 3],
      ],
    );
    assert.deepEqual(
      futures.map(({ state }) => state),
      ["FINISHED", "CANCELLED_AND_NOTIFIED", "RUNNING"],
    );
  });

  test("takes the worker that was idle last, and starts as many as jobs wait, up to the limit (P2, P3)", () => {
    const pool = new FakePool({ maxWorkers: 2 });
    for (let n = 0; n < 3; n++) pool.submit(jobs.add, n, n);
    assert.equal(pool.workers.length, 2);
    const [first, second] = pool.workers as [FakeWorker, FakeWorker];
    first.arrive();
    first.answer(0);
    first.answer(1);
    assert.equal(first.got.length, 3);
    second.arrive();
    first.answer(2);
    pool.submit(jobs.add, 4, 4);
    assert.deepEqual([first.got.length, second.got.length], [4, 0]);
  });

  test("holds the process while jobs run, or wait for a worker that starts (P4)", () => {
    const pool = new FakePool({ maxWorkers: 2 });
    const [, queued] = [pool.submit(jobs.add, 1, 1), pool.submit(jobs.add, 2, 2)];
    assert.deepEqual(pool.held, [true, true]);
    const [first, second] = pool.workers as [FakeWorker, FakeWorker];
    first.arrive();
    assert.deepEqual(pool.held, [true, true]);
    queued.cancel();
    assert.deepEqual(pool.held, [true, false]);
    first.answer(1);
    assert.deepEqual(pool.held, [false, false]);
    second.arrive();
    assert.deepEqual(pool.held, [false, false]);
    pool.submit(jobs.add, 3, 3);
    assert.deepEqual(pool.held, [false, true]);
  });

  test("a job whose answer can't be read fails, and its worker goes on", () => {
    const pool = new FakePool({ maxWorkers: 1 });
    const [unread, next] = [pool.submit(jobs.add, 1, 1), pool.submit(jobs.add, 2, 2)];
    const worker = only(pool);
    worker.arrive();
    worker.events.unreadable(new Error("no such class"));
    assert.throws(
      () => unread.result(),
      /^TypeError: What add of file:.* returned can't be read here: no such class\.$/,
    );
    worker.answer(4);
    assert.equal(next.result(), 4);
  });

  test("a job that can no longer be sent fails, and the next is given", () => {
    const pool = new FakePool({ maxWorkers: 1 });
    const [gone, next] = [pool.submit(jobs.echo, "unsendable"), pool.submit(jobs.add, 2, 2)];
    const worker = only(pool);
    worker.arrive();
    assert.throws(() => gone.result(), /^TypeError: echo of file:.* can't be sent any more: it can't be sent\.$/);
    assert.equal(next.running(), true);
    worker.answer(4);
    // One that is refused at its submission leaves the worker idle.
    assert.throws(() => pool.submit(jobs.echo, "unsendable"), TypeError);
    assert.equal(pool.submit(jobs.add, 1, 1).running(), true);
  });
});

describe("a job that is aborted", () => {
  test("is told, and its worker ended when the grace time is over", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const pool = new FakePool({ maxWorkers: 1, cancelGrace: 500 });
    const future = pool.submit(jobs.add, 1, 1);
    const worker = only(pool);
    worker.arrive();
    assert.equal(future.cancel(), true);
    assert.deepEqual([worker.aborted, worker.ended], [[worker.got[0]?.id], ""]);
    t.mock.timers.tick(499);
    assert.equal(worker.ended, "");
    t.mock.timers.tick(1);
    assert.equal(worker.ended, "by force");
    const next = pool.submit(jobs.add, 2, 2);
    assert.equal(pool.workers.length, 1);
    worker.die();
    const second = pool.workers[1] as FakeWorker;
    second.arrive();
    second.answer(4);
    assert.equal(next.result(), 4);
  });

  test("and answers within it keeps its worker; what it answers is dropped", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const pool = new FakePool({ maxWorkers: 1 });
    const future = pool.submit(jobs.add, 1, 1);
    const worker = only(pool);
    worker.arrive();
    assert.equal(future.abort({ grace: 500 }), true);
    worker.answer("late");
    t.mock.timers.tick(1000);
    assert.deepEqual([worker.ended, future.cancelled(), pool.submit(jobs.add, 1, 1).running()], ["", true, true]);
  });

  test("may be aborted again, with less patience", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const pool = new FakePool({ maxWorkers: 1, cancelGrace: Number.POSITIVE_INFINITY });
    const future = pool.submit(jobs.add, 1, 1);
    const worker = only(pool);
    worker.arrive();
    future.cancel();
    assert.equal(future.abort({ grace: 500 }), true);
    assert.equal(future.cancel(), true);
    t.mock.timers.tick(499);
    assert.equal(worker.ended, "");
    assert.equal(future.abort({ grace: 0 }), true);
    assert.equal(worker.ended, "by force");
    worker.die();
    assert.equal(future.abort(), true);
  });

  test("whose worker dies meanwhile is cancelled all the same", () => {
    const pool = new FakePool({ maxWorkers: 1, cancelGrace: Number.POSITIVE_INFINITY });
    const future = pool.submit(jobs.add, 1, 1);
    const worker = only(pool);
    worker.arrive();
    future.cancel();
    worker.die();
    assert.equal(future.cancelled(), true);
  });
});

describe("shutdown of a pool", () => {
  test("waits for the last job, then ends its workers, then is done", () => {
    const pool = new FakePool({ maxWorkers: 2 });
    const future = pool.submit(jobs.add, 1, 1);
    const worker = only(pool);
    worker.arrive();
    const [shutdown, again] = [pool.shutdown(), pool.shutdown()];
    assert.equal(worker.ended, "");
    worker.answer(2);
    assert.deepEqual([future.result(), worker.ended, shutdown.done()], [2, "politely", false]);
    worker.die();
    assert.deepEqual([shutdown.done(), again.done()], [true, true]);
  });

  test("ends workers that are still on their way", () => {
    const pool = new FakePool({ maxWorkers: 1 });
    const future = pool.submit(jobs.add, 1, 1);
    const worker = only(pool);
    const shutdown = pool.shutdown({ cancelFutures: true });
    assert.deepEqual([future.cancelled(), worker.ended, shutdown.done()], [true, "politely", false]);
    worker.die();
    assert.equal(shutdown.done(), true);
  });
});
