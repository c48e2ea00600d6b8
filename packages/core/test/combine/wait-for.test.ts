import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Awaitable,
  CancelledError,
  coroutine,
  createTask,
  Future,
  getRunningLoop,
  Lock,
  shield,
  sleep,
  TimeoutError,
  waitFor,
} from "yieldfrom";
import { after, failureOf, virtual } from "../helpers.ts";

test("gives the result of any awaitable that is in time", () =>
  virtual(function* () {
    assert.equal(yield* waitFor(after(1, "coroutine"), 5), "coroutine");
    assert.equal(yield* waitFor(createTask(after(1, "task")), 5), "task");
    assert.equal(yield* waitFor(sleep(1, "operation"), 5), "operation");
    assert.equal(yield* waitFor(sleep(1, "no limit"), null), "no limit");
    const lock = new Lock();
    {
      using _held = yield* waitFor(lock, 5);
      assert.equal(lock.locked(), true);
    }
    assert.equal(lock.locked(), false);
    assert.equal(getRunningLoop().time(), 4);
    assert.equal(getRunningLoop()._timers.peek(), undefined, "no timer is left");
  }));

test("runs a coroutine in the calling task", () =>
  virtual(function* () {
    let entered = 0;
    function* inner() {
      entered++;
      yield* sleep(0);
      return entered;
    }
    const result = waitFor(inner(), 5);
    assert.equal(entered, 0, "nothing runs before the `yield*`");
    assert.equal(yield* result, 1);
  }));

test("too late: the awaitable is cancelled, and the TimeoutError names the task and holds the cancellation", () =>
  virtual(function* () {
    const inner = createTask(sleep(100));
    const fetcher = createTask(waitFor(inner, 5), { name: "fetcher" });
    const error = yield* failureOf(fetcher);
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /^the 5 ms given to Task 'fetcher' \(waitFor\(\) at .*wait-for\.ts:\d+\) ran out$/);
    assert.equal(error.code, "ERR_TIMEOUT");
    assert.ok(error.cause instanceof CancelledError);
    assert.equal(inner.cancelled(), true);
    assert.equal(fetcher.cancelling(), 0);
    assert.equal(getRunningLoop().time(), 5);
  }));

test("waits for the cleanup of what it cancelled", () =>
  virtual(function* () {
    const log: string[] = [];
    function* slowToStop() {
      try {
        yield* sleep(100);
      } finally {
        yield* sleep(7);
        log.push("stopped");
      }
    }
    assert.ok((yield* failureOf(waitFor(slowToStop(), 5))) instanceof TimeoutError);
    assert.deepEqual([log.length, getRunningLoop().time()], [1, 12]);
    assert.ok((yield* failureOf(waitFor(createTask(slowToStop()), 5))) instanceof TimeoutError);
    assert.deepEqual([log.length, getRunningLoop().time()], [2, 24]);
  }));

test("an awaitable that swallows the cancellation decides the outcome", () =>
  virtual(function* () {
    function* refusing() {
      try {
        yield* sleep(100);
      } catch {}
      return "after all";
    }
    function* failing() {
      try {
        yield* sleep(100);
      } catch {
        throw new RangeError("own");
      }
    }
    assert.equal(yield* waitFor(refusing(), 5), "after all");
    assert.match(String(yield* failureOf(waitFor(failing(), 5))), /RangeError: own/);
  }));

test("what a shield protects goes on", () =>
  virtual(function* () {
    const inner = createTask(after(9, "done"));
    assert.ok((yield* failureOf(waitFor(shield(inner), 5))) instanceof TimeoutError);
    assert.equal(yield* inner, "done");
  }));

test("an error of the awaitable passes through", () =>
  virtual(function* () {
    const failing = new Future();
    failing.setException(new RangeError("own"));
    for (const ms of [null, 5, 0]) {
      assert.match(String(yield* failureOf(waitFor(failing, ms))), /RangeError: own/);
    }
  }));

test("with 0 or less it takes what is there already", () =>
  virtual(function* () {
    const done = new Future<number>();
    done.setResult(1);
    assert.equal(yield* waitFor(done, 0), 1);
    assert.equal(yield* waitFor(done, -5), 1);
  }));

test("with 0 or less a coroutine never starts, and the TimeoutError says how long it was given", () =>
  virtual(function* () {
    let started = false;
    const never = coroutine(function* never() {
      started = true;
      yield* sleep(0);
    });
    for (const ms of [0, -5]) {
      const error = yield* failureOf(waitFor(never(), ms));
      assert.ok(error instanceof TimeoutError);
      assert.equal(error.message, `not done within ${ms} ms`);
      assert.ok(error.cause instanceof CancelledError);
    }
    assert.equal(started, false);
  }));

test("with 0 a pending task is cancelled, its end waited for, and a value it gives then counts", () =>
  virtual(function* () {
    function* refusing(value: unknown) {
      try {
        yield* sleep(100);
      } catch {
        yield* sleep(3);
      }
      return value;
    }
    const task = createTask(refusing("kept"));
    yield* sleep(0);
    assert.equal(yield* waitFor(task, 0), "kept");
    assert.equal(getRunningLoop().time(), 3);
  }));

test("the calling task's own cancellation is no timeout, and reaches the awaitable", () =>
  virtual(function* () {
    for (const ms of [null, 5]) {
      const inner = createTask(sleep(100));
      const waiting = createTask(waitFor(inner, ms));
      getRunningLoop().callLater(1, () => waiting.cancel("from outside"));
      const error = yield* failureOf(waiting);
      assert.ok(error instanceof CancelledError);
      assert.equal(inner.cancelled(), true);
      assert.equal(waiting.cancelling(), 1);
    }
  }));

test("cancelled while it waits for the end of what it cancelled at once", () =>
  virtual(function* () {
    function* slowToStop() {
      try {
        yield* sleep(100);
      } finally {
        yield* sleep(7);
      }
    }
    const inner = createTask(slowToStop());
    yield* sleep(0);
    const waiting = createTask(waitFor(inner, 0));
    getRunningLoop().callLater(1, () => waiting.cancel());
    assert.ok((yield* failureOf(waiting)) instanceof CancelledError);
    assert.equal(getRunningLoop().time(), 1);
    assert.equal(inner._waiters, undefined, "nothing is left on it");
    assert.ok((yield* failureOf(inner)) instanceof CancelledError);
  }));

test("a limit that is no number is refused by its name, and the awaitable is left alone", () =>
  virtual(function* () {
    const future = new Future<number>();
    for (const ms of [Number.NaN, undefined, "5"]) {
      assert.match(String(yield* failureOf(waitFor(future, ms as number))), /Expected `ms` to be/);
      assert.equal(future.done(), false);
    }
  }));

test("something that is no awaitable is refused with what to write instead", () =>
  virtual(function* () {
    const promise = Promise.resolve(1) as unknown as Awaitable<number>;
    for (const ms of [null, 5, 0]) {
      assert.match(String(yield* failureOf(waitFor(promise, ms))), /^TypeError: .*from\(promise\)/);
      assert.match(String(yield* failureOf(waitFor(5 as never, ms))), /^TypeError: Expected .*awaitable.*, got 5/);
    }
  }));
