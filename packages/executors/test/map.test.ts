import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createTask, type ExecutorFunction, run, sleep, TimeoutError } from "yieldfrom";
import { Executor } from "../src/executor.ts";
import { Future } from "../src/future.ts";

/** An executor whose jobs are done when the test says so. */
class ByHand extends Executor {
  override readonly name = "by hand";
  readonly jobs: { args: unknown[]; future: Future<unknown> }[] = [];
  /** Refuse the job of this number. */
  refuse = -1;

  override submit<A extends unknown[], R>(_fn: ExecutorFunction<A, R>, ...args: A): Future<Awaited<R>> {
    if (this.jobs.length === this.refuse) throw new RangeError("no more jobs");
    const future = new Future<Awaited<R>>(`job ${this.jobs.length}`);
    this.jobs.push({ args, future: future as Future<unknown> });
    return future;
  }

  override shutdown(): Future<void> {
    const ended = new Future<void>();
    ended.setResult(undefined);
    return ended;
  }

  get submitted(): unknown[][] {
    return this.jobs.map(({ args }) => args);
  }

  get cancelled(): boolean[] {
    return this.jobs.map(({ future }) => future.cancelled());
  }

  finish(index: number, result: unknown): void {
    this.jobs[index]?.future.setResult(result);
  }
}

const fn = null as unknown as ExecutorFunction<[a: number, b?: string], string>;

/** Counts, and says when it was closed. */
function* numbers(log: string[] = []): Generator<number> {
  try {
    for (let i = 0; ; i++) yield i;
  } finally {
    log.push("closed");
  }
}

describe("what map submits", () => {
  test("everything at the call: a row from each iterable, until the shortest ends", () => {
    const executor = new ByHand();
    const log: string[] = [];
    executor.map(fn, numbers(log), new Set(["a", "b"]));
    assert.deepEqual(executor.submitted, [
      [0, "a"],
      [1, "b"],
    ]);
    assert.deepEqual(log, ["closed"]);
  });

  test("nothing for no iterables, or an empty one", () => {
    const executor = new ByHand();
    const none = null as unknown as ExecutorFunction<[], string>;
    assert.deepEqual([...executor.map(none)], []);
    assert.deepEqual([...executor.map(fn, [])], []);
    assert.deepEqual(executor.submitted, []);
  });

  test("with buffersize, so many jobs ahead of the results taken", () => {
    const executor = new ByHand();
    const log: string[] = [];
    const results = executor.map(fn, numbers(log), { buffersize: 2 });
    assert.deepEqual(executor.submitted, [[0], [1]]);
    assert.equal(results.next().value, executor.jobs[0]?.future);
    assert.deepEqual(executor.submitted, [[0], [1], [2]]);
    results.return();
    assert.deepEqual(executor.cancelled, [false, true, true]);
    assert.deepEqual(log, ["closed"]);
    assert.deepEqual(results.next(), { done: true, value: undefined });
    assert.equal(executor.jobs.length, 3);
  });

  test("with chunksize, so many items at a time; buffersize then counts chunks", () => {
    const executor = new ByHand();
    const results = executor.map(fn, numbers(), { chunksize: 2, buffersize: 2 });
    const submitted = () => executor.submitted.length;
    assert.equal(submitted(), 4);
    results.next();
    assert.equal(submitted(), 4);
    results.next();
    assert.equal(submitted(), 6);
    results.return();
    assert.deepEqual([...executor.map(fn, [1, 2, 3], { chunksize: 2 })].length, 3);
  });

  test("a job refused half way cancels the others and closes the iterables", () => {
    const executor = new ByHand();
    executor.refuse = 2;
    const log: string[] = [];
    assert.throws(() => executor.map(fn, numbers(log)), /no more jobs/);
    assert.deepEqual(executor.cancelled, [true, true]);
    assert.deepEqual(log, ["closed"]);
  });

  test("bad inputs and options are refused by name", () => {
    const executor = new ByHand();
    const map = (...inputs: unknown[]) => executor.map(fn, ...(inputs as [number[]]));
    assert.throws(() => map(3, [1]), new TypeError("Expected iterable 1 of map to be iterable, got 3."));
    assert.throws(
      () => map([1], 3),
      /^TypeError: Expected the last argument of map to be an iterable or options, got 3/,
    );
    assert.throws(() => map([1], { timeout: -1 }), /^RangeError: Expected `timeout` of map .*, got -1/);
    assert.throws(() => map([1], { timeout: Number.NaN }), /^RangeError: Expected `timeout` of map .*, got NaN/);
    assert.throws(() => map([1], { buffersize: 0 }), /^RangeError: Expected `buffersize` of map .*, got 0/);
    assert.throws(() => map([1], { buffersize: 1.5 }), /got 1.5/);
    assert.throws(() => map([1], { chunksize: 0 }), /^RangeError: Expected `chunksize` of map .*, got 0/);
    assert.deepEqual(executor.submitted, []);
    map([1], undefined);
    assert.deepEqual(executor.submitted, [[1]]);
  });
});

describe("what map gives", () => {
  test("futures in the order of the input, whichever is done first", async () => {
    const executor = new ByHand();
    const results = executor.map(fn, [1, 2]);
    executor.finish(1, "second");
    executor.finish(0, "first");
    assert.deepEqual(await Promise.all(results), ["first", "second"]);
  });

  test("awaitables for a coroutine", async () => {
    const executor = new ByHand();
    const results = await run(function* () {
      const texts: string[] = [];
      for (const future of executor.map(fn, [1, 2])) {
        setImmediate(() => executor.finish(texts.length, `result ${texts.length}`));
        texts.push(yield* future);
      }
      return texts;
    });
    assert.deepEqual(results, ["result 0", "result 1"]);
  });

  test("the results themselves, asynchronously; an error leaves and cancels the rest", async () => {
    const executor = new ByHand();
    const seen: string[] = [];
    const loop = async () => {
      for await (const text of executor.map(fn, [1, 2, 3])) seen.push(text);
    };
    const finished = loop();
    executor.finish(0, "first");
    executor.jobs[1]?.future.setException(new RangeError("second"));
    await assert.rejects(finished, /second/);
    assert.deepEqual(seen, ["first"]);
    assert.deepEqual(executor.cancelled, [false, false, true]);
  });

  test("a body that throws, or `using`, cancels the jobs not taken", () => {
    const throwing = new ByHand();
    assert.throws(() => {
      for (const _future of throwing.map(fn, [1, 2])) throw new Error("body");
    }, /body/);
    assert.deepEqual(throwing.cancelled, [false, true]);

    const using_ = new ByHand();
    {
      using _results = using_.map(fn, [1, 2]);
    }
    assert.deepEqual(using_.cancelled, [true, true]);
  });

  test("a task cancelled while it waits cancels its job and the rest", async () => {
    const executor = new ByHand();
    await run(function* () {
      const task = createTask(
        (function* () {
          for (const future of executor.map(fn, [1, 2])) yield* future;
        })(),
      );
      yield* sleep(0);
      task.cancel();
      yield* sleep(0);
      yield* sleep(0);
      assert.equal(task.cancelled(), true);
    });
    assert.deepEqual(executor.cancelled, [true, true]);
  });
});

describe("map's timeout", () => {
  test("fails what is not done by then, counted from the call, and cancels its job", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const executor = new ByHand();
    const results = executor.map(fn, [1, 2, 3], { timeout: 1000 });
    executor.finish(0, "in time");
    const [first, second, third] = [...results];
    t.mock.timers.tick(1001);
    assert.equal(first?.result(), "in time");
    assert.throws(() => second?.result(), /^TimeoutError: job 1 was not done 1000 ms after map\(\) was called/);
    assert.ok(third?.exception() instanceof TimeoutError);
    assert.deepEqual(executor.cancelled, [false, true, true]);
  });

  test("passes on what comes in time, however it ends, and leaves no timer", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const executor = new ByHand();
    const [good, bad, cancelled, left] = [...executor.map(fn, [1, 2, 3, 4], { timeout: 1000 })];
    executor.finish(0, "good");
    const error = new RangeError("bad");
    executor.jobs[1]?.future.setException(error);
    executor.jobs[2]?.future.cancel();
    left?.cancel();
    assert.equal(good?.result(), "good");
    assert.equal(bad?.exception(), error);
    assert.equal(cancelled?.cancelled(), true);
    assert.deepEqual(executor.cancelled, [false, false, true, true]);
    t.mock.timers.tick(5000);
    assert.equal(good?.result(), "good");
  });

  test("0 still gives what is done already; Infinity is no limit", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const executor = new ByHand();
    const results = executor.map(fn, [1, 2], { timeout: 0 });
    executor.finish(0, "done");
    const [first, second] = [...results];
    const [third] = [...executor.map(fn, [3], { timeout: Number.POSITIVE_INFINITY })];
    t.mock.timers.tick(1);
    assert.equal(first?.result(), "done");
    assert.ok(second?.exception() instanceof TimeoutError);
    assert.equal(third?.done(), false);
  });
});
