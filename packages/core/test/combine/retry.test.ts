import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  type Coroutine,
  createTask,
  getRunningLoop,
  retry,
  sleep,
  TimeoutError,
  timeout,
} from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

/** Fails `failures` times, and notes when it was run. */
function flaky(failures: number, times: number[]) {
  return function* (attempt: number): Coroutine<string> {
    times.push(getRunningLoop().time());
    if (attempt <= failures) throw new Error(`attempt ${attempt}`);
    yield* sleep(0);
    return `done at ${attempt}`;
  };
}

test("the body is run until it succeeds, with growing pauses", () =>
  virtual(function* () {
    const times: number[] = [];
    assert.equal(yield* retry(flaky(2, times)), "done at 3");
    assert.deepEqual(times, [0, 100, 300]);
  }));

test("attempts, delay, factor, maxDelay and jitter", () =>
  virtual(function* () {
    const times: number[] = [];
    const asked: number[] = [];
    const jitter = (ms: number) => {
      asked.push(ms);
      return ms / 2;
    };
    const options = { attempts: 5, delay: 10, factor: 3, maxDelay: 50, jitter };
    assert.equal(yield* retry(flaky(4, times), options), "done at 5");
    assert.deepEqual(asked, [10, 30, 50, 50]);
    assert.deepEqual(times, [0, 5, 20, 45, 70]);
  }));

test("the error of the last attempt is thrown, without a pause after it", () =>
  virtual(function* () {
    const times: number[] = [];
    assert.equal(String(yield* failureOf(retry(flaky(9, times)))), "Error: attempt 3");
    assert.equal(getRunningLoop().time(), 300);
    assert.equal(times.length, 3);
    assert.equal(
      yield* retry(flaky(20, []), { attempts: Number.POSITIVE_INFINITY, delay: 1, factor: 1 }),
      "done at 21",
    );
  }));

test("retryIf decides, and is not asked after the last attempt", () =>
  virtual(function* () {
    const asked: string[] = [];
    const retryIf = (error: unknown, attempt: number) => {
      asked.push(`${error} ${attempt}`);
      return attempt < 2;
    };
    assert.equal(String(yield* failureOf(retry(flaky(9, []), { retryIf }))), "Error: attempt 2");
    assert.equal(String(yield* failureOf(retry(flaky(9, []), { retryIf, attempts: 1 }))), "Error: attempt 1");
    assert.deepEqual(asked, ["Error: attempt 1 1", "Error: attempt 2 2"]);
  }));

test("a timeout within is retried, one around ends it", () =>
  virtual(function* () {
    let runs = 0;
    const slow = () => {
      runs++;
      return timeout(10, () => sleep(1000));
    };
    assert.ok((yield* failureOf(retry(slow, { attempts: 2 }))) instanceof TimeoutError);
    assert.equal(runs, 2);
    assert.ok((yield* failureOf(timeout(15, () => retry(slow)))) instanceof TimeoutError);
    assert.equal(runs, 3);
    assert.equal(getRunningLoop().time(), 120 + 15);
  }));

test("cancelled in the body or in a pause it ends, and the body is not run again", () =>
  virtual(function* () {
    for (const when of [50, 120]) {
      const times: number[] = [];
      let cleaned = 0;
      const body = function* (attempt: number): Coroutine<void> {
        times.push(attempt);
        try {
          yield* sleep(100);
          throw new Error("broken");
        } finally {
          cleaned++;
        }
      };
      const task = createTask(retry(body));
      yield* sleep(when);
      task.cancel("enough");
      const error = yield* failureOf(task);
      assert.ok(error instanceof CancelledError);
      assert.equal(error.message, "enough");
      assert.deepEqual([times, cleaned], [[1], 1]);
    }
  }));

test("wrong options and bodies are refused by name", () =>
  virtual(function* () {
    for (const attempts of [0, 1.5, Number.NaN, -1]) {
      const expected = `RangeError: Expected \`attempts\` of retry() to be a whole number of at least 1, got ${attempts}`;
      assert.equal(String(yield* failureOf(retry(() => sleep(0), { attempts }))), expected);
    }
    const delay = yield* failureOf(retry(() => sleep(0), { delay: "1" as never }));
    assert.equal(String(delay), "TypeError: Expected `delay` to be a number of milliseconds, got 1");
    for (const factor of [Number.NaN, -1]) {
      const expected = `RangeError: Expected \`factor\` of retry() to be a number of at least 0, got ${factor}`;
      assert.equal(String(yield* failureOf(retry(() => sleep(0), { factor }))), expected);
    }
    const maxDelay = yield* failureOf(retry(() => sleep(0), { maxDelay: Number.NaN }));
    assert.equal(String(maxDelay), "RangeError: Expected `maxDelay` to be a number of milliseconds, got NaN");
    const body = yield* failureOf(retry((() => 5) as never, { attempts: 1 }));
    assert.match(String(body), /^TypeError: Expected a coroutine, .* from the body of retry\(\), got 5$/);
  }));
