import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ALL_COMPLETED,
  CancelledError,
  createTask,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  Future,
  getRunningLoop,
  sleep,
  type Task,
  wait,
} from "yieldfrom";
import { after, failAfter, failureOf, reportsOf, virtual } from "../helpers.ts";

test("gives the very futures in two sets, in the order of the list", () =>
  virtual(function* () {
    const [slow, quick, never] = [createTask(after(2, "slow")), createTask(after(1, "quick")), new Future<string>()];
    const [done, pending] = yield* wait([slow, never, quick], { timeout: 5 });
    assert.deepEqual([...done], [slow, quick]);
    assert.deepEqual([...pending], [never]);
    assert.equal(never.cancelled(), false);
  }));

test("takes any iterable, and counts what is in it twice once", () =>
  virtual(function* () {
    const task = createTask(after(1, "x"));
    const [fromSet] = yield* wait(new Set([task]));
    assert.deepEqual([...fromSet], [task]);
    const [fromIterator] = yield* wait([task, task].values());
    assert.deepEqual([...fromIterator], [task]);
  }));

test("waits for all by default, and says so by name", () =>
  virtual(function* () {
    assert.equal(ALL_COMPLETED, "ALL_COMPLETED");
    yield* wait([createTask(sleep(1)), createTask(sleep(4))]);
    assert.equal(getRunningLoop().time(), 4);
    yield* wait([createTask(sleep(1)), createTask(sleep(4))], { returnWhen: ALL_COMPLETED, timeout: null });
    assert.equal(getRunningLoop().time(), 8);
  }));

test("FIRST_COMPLETED returns at the first end, FIRST_EXCEPTION at the first failure", () =>
  virtual(function* () {
    const tasks: Task<unknown>[] = [createTask(after(1, "x")), createTask(failAfter(2, "bad")), createTask(sleep(3))];
    const [first] = yield* wait(tasks, { returnWhen: FIRST_COMPLETED });
    assert.deepEqual([...first], [tasks[0]]);
    const [failed, pending] = yield* wait(tasks, { returnWhen: FIRST_EXCEPTION });
    assert.deepEqual([...failed], tasks.slice(0, 2));
    assert.deepEqual([...pending], [tasks[2]]);
    yield* tasks[2]!;
  }));

test("a cancelled future is no failure for FIRST_EXCEPTION", () =>
  virtual(function* () {
    const [stopped, slow] = [createTask(sleep(9)), createTask(sleep(5))];
    stopped.cancel();
    const [done, pending] = yield* wait([stopped, slow], { returnWhen: FIRST_EXCEPTION });
    assert.deepEqual([done.size, pending.size], [2, 0]);
  }));

test("throws nobody's error: one that is not read afterwards is reported", () => {
  const reports = reportsOf(function* () {
    const [done] = yield* wait([createTask(failAfter(1, "unread"), { name: "t" })]);
    assert.equal(done.size, 1);
  });
  assert.deepEqual(
    reports.map(({ message, exception }) => [message, String(exception)]),
    [["exception was never retrieved: Task 't' (coroutine)", "Error: unread"]],
  );
});

test("a timeout of 0 gives the others a turn, and no timer is left by a wait that ended before it", () =>
  virtual(function* () {
    const quick = createTask(after(0, "x"));
    const [, pending] = yield* wait([quick, new Future<string>()], { timeout: 0 });
    assert.equal(pending.size, 1);
    yield* wait([quick], { timeout: 1000 });
    assert.equal(getRunningLoop()._timers.peek(), undefined);
  }));

test("cancelled, it cancels nothing, and leaves neither timer nor callback", () =>
  virtual(function* () {
    const future = new Future<string>();
    const waiting = createTask(wait([future], { timeout: 1000 }));
    yield* sleep(0);
    waiting.cancel();
    assert.ok((yield* failureOf(waiting)) instanceof CancelledError);
    assert.equal(future.done(), false);
    assert.equal(future._waiters, undefined);
    assert.equal(getRunningLoop()._timers.peek(), undefined);
  }));

test("arguments that are no list of futures are named", () =>
  virtual(function* () {
    const wrong = (value: unknown) => value as Future[];
    const aList = { name: "TypeError", message: /^Expected a list, as in wait\(\[a, b\]\), got \S/ };
    for (const value of [new Future(), after(1, "x"), sleep(1, "x"), undefined, null, 5]) {
      const error = yield* failureOf(wait(wrong(value)));
      assert.throws(() => {
        throw error;
      }, aList);
      if (typeof value === "object" && value !== null && "next" in value && !(value instanceof Future)) yield* value;
    }
    const coro = after(1, "x");
    assert.match(
      String(yield* failureOf(wait(wrong([coro])))),
      /^TypeError: wait\(\) takes futures and tasks, not coroutines: write createTask\(coroutine\) for each first$/,
    );
  }));

test("an empty list and an unknown returnWhen are refused", () =>
  virtual(function* () {
    assert.match(
      String(yield* failureOf(wait([]))),
      /^RangeError: wait\(\) of no futures would never return; check that the list is not empty$/,
    );
    const returnWhen = "first" as typeof FIRST_COMPLETED;
    assert.match(
      String(yield* failureOf(wait([new Future()], { returnWhen }))),
      /^RangeError: Expected `returnWhen` to be FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED, got first$/,
    );
  }));

test("a timeout that is no number is refused by its name", () =>
  virtual(function* () {
    const future = new Future();
    assert.match(
      String(yield* failureOf(wait([future], { timeout: Number.NaN }))),
      /^RangeError: Expected `timeout` .*NaN/,
    );
    assert.equal(future._waiters, undefined);
  }));
