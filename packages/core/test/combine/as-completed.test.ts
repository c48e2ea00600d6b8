import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AsCompleted,
  type Awaitable,
  asCompleted,
  CancelledError,
  type Coroutine,
  createTask,
  Future,
  getRunningLoop,
  sleep,
  TimeoutError,
} from "yieldfrom";
import { after, failAfter, failureOf, reportsOf, virtual } from "../helpers.ts";

test("gives results in the order in which they come", () =>
  virtual(function* () {
    const results: unknown[] = [];
    for (const next of asCompleted([after(3, "c"), after(1, "a"), after(2, "b")])) results.push(yield* next);
    assert.deepEqual(results, ["a", "b", "c"]);
  }));

test("throws an error at its turn, and the rest still comes", () =>
  virtual(function* () {
    const outcomes: unknown[] = [];
    for (const next of asCompleted([after(3, "late"), failAfter(2, "bad"), after(1, "early")])) {
      try {
        outcomes.push(yield* next);
      } catch (error) {
        outcomes.push(String(error));
      }
    }
    assert.deepEqual(outcomes, ["early", "Error: bad", "late"]);
  }));

test("tasks() gives the futures that were passed in, done, whatever their outcome", () =>
  virtual(function* () {
    const given = [createTask(after(2, "x")), createTask(failAfter(1, "bad")), new Future<string>()];
    getRunningLoop().callLater(3, () => given[2]!.cancel());
    const order: number[] = [];
    for (const next of asCompleted<unknown>(given).tasks()) {
      const future = yield* next;
      assert.equal(future.done(), true);
      order.push(given.indexOf(future as (typeof given)[0]));
    }
    assert.deepEqual(order, [1, 0, 2]);
    assert.match(String(given[1]!.exception()), /bad/);
  }));

test("awaitables of results may be awaited in any order: who waits first gets what ends first", () =>
  virtual(function* () {
    const [first, second] = asCompleted([after(2, "slow"), after(1, "quick")]);
    assert.equal(yield* second!, "quick");
    assert.equal(yield* first!, "slow");
  }));

test("length counts down what is still to be given out", () =>
  virtual(function* () {
    const todo = asCompleted([after(1, "a"), after(2, "b")]);
    assert.ok(todo instanceof AsCompleted);
    assert.equal(todo.length, 2);
    for (const next of todo) {
      assert.equal(todo.length, 1);
      yield* next;
      break;
    }
    for (const next of todo) assert.equal(yield* next, "b", "a second loop goes on where the first stopped");
    assert.equal(todo.length, 0);
    assert.deepEqual([...todo], []);
  }));

test("what stands in the list twice comes once; a list of nothing gives nothing", () =>
  virtual(function* () {
    const task = createTask(after(1, "x"));
    const todo = asCompleted([task, task]);
    assert.equal(todo.length, 1);
    for (const next of todo) assert.equal(yield* next, "x");
    assert.equal(asCompleted([]).length, 0);
    assert.deepEqual([...asCompleted([], { timeout: 5 })], []);
    assert.equal(getRunningLoop()._timers.peek(), undefined);
  }));

test("takes any iterable", () =>
  virtual(function* () {
    const names: unknown[] = [];
    for (const next of asCompleted(new Set([after(2, "b"), after(1, "a")]))) names.push(yield* next);
    for (const next of asCompleted(new Map([["k", after(1, "c")]]).values())) names.push(yield* next);
    assert.deepEqual(names, ["a", "b", "c"]);
  }));

test("a loop that is left early leaves the others running, and nothing to report", () =>
  virtual(function* () {
    const tasks = [createTask(after(1, "a")), createTask(after(2, "b"))];
    for (const next of asCompleted(tasks)) {
      yield* next;
      break;
    }
    assert.equal(tasks[1]!.done(), false);
    assert.equal(yield* tasks[1]!, "b");
  }));

test("a loop that is left early leaves no callback on a future", () =>
  virtual(function* () {
    const longLived = getRunningLoop().createFuture<string>();
    const lists = [(todo: AsCompleted<string>) => todo, (todo: AsCompleted<string>) => todo.tasks()];
    for (const list of lists) {
      for (const next of list(asCompleted([longLived, sleep(1, "a")]))) {
        yield* next;
        break;
      }
      assert.equal(longLived._waiters, undefined);
    }
    const error = yield* failureOf(
      (function* () {
        for (const next of asCompleted([longLived], { timeout: 5 })) yield* next;
      })(),
    );
    assert.ok(error instanceof TimeoutError);
    assert.equal(longLived._waiters, undefined);
  }));

test("a loop that was left early can be gone on with, and gives the rest", () =>
  virtual(function* () {
    const todo = asCompleted([after(1, "a"), after(2, "b"), after(4, "c")]);
    const results: string[] = [];
    for (const next of todo) {
      results.push(yield* next);
      break;
    }
    yield* sleep(2);
    for (const next of todo) results.push(yield* next);
    assert.deepEqual(results, ["a", "b", "c"]);
    assert.equal(getRunningLoop().time(), 4);
  }));

test("one with a timeout is left by that, or when all are done", () =>
  virtual(function* () {
    const loop = getRunningLoop();
    const longLived = loop.createFuture<string>();
    const tasks = [createTask(after(1, "a")), createTask(after(2, "b"))];
    for (const todo of [[...tasks], [longLived, ...tasks]]) {
      for (const next of asCompleted(todo, { timeout: 5 })) {
        yield* next;
        break;
      }
    }
    assert.equal(loop.time(), 1);
    yield* sleep(2);
    assert.equal(loop._timers.peek()?._when, 6, "that of the second is left, which came at 1");
    yield* sleep(3);
    assert.equal(longLived._waiters, undefined);
  }));

test("an awaitable that was given out gets its outcome though the loop was left", () =>
  virtual(function* () {
    const todo = asCompleted([after(1, "a"), after(2, "b")]);
    let kept: Coroutine<string> | undefined;
    for (const next of todo) {
      kept = next;
      break;
    }
    yield* sleep(5);
    assert.equal(yield* kept!, "a");
    assert.equal(todo.length, 1);
  }));

test("an error that comes after the loop was left is reported once", () => {
  const reports = reportsOf(function* () {
    for (const next of asCompleted<unknown>([after(1, "a"), failAfter(2, "unread")])) {
      yield* next;
      break;
    }
    yield* sleep(5);
  });
  assert.deepEqual(
    reports.map(({ exception }) => String(exception)),
    ["Error: unread"],
  );
});

test("out of time: a TimeoutError for each that is not done, none of which is cancelled", () =>
  virtual(function* () {
    const slow = [createTask(after(9, "s")), createTask(after(10, "t"))];
    const outcomes: unknown[] = [];
    for (const next of asCompleted([after(1, "quick"), ...slow], { timeout: 5 })) {
      try {
        outcomes.push(yield* next);
      } catch (error) {
        assert.ok(error instanceof TimeoutError);
        outcomes.push(error.message);
      }
    }
    const late = "asCompleted() ran out of time before all were done";
    assert.deepEqual(outcomes, ["quick", late, late]);
    assert.equal(getRunningLoop().time(), 5);
    assert.deepEqual([yield* slow[0]!, yield* slow[1]!], ["s", "t"]);
  }));

test("out of time in the form of tasks()", () =>
  virtual(function* () {
    const slow = createTask(after(9, "s"));
    for (const next of asCompleted([slow], { timeout: 5 }).tasks()) {
      assert.ok((yield* failureOf(next)) instanceof TimeoutError);
    }
    yield* slow;
  }));

test("the timer is gone once all are done", () =>
  virtual(function* () {
    for (const next of asCompleted([after(1, "a")], { timeout: 1000 })) yield* next;
    assert.equal(getRunningLoop()._timers.peek(), undefined);
  }));

test("cancelled at one of its awaitables, it cancels none of the futures and loses no outcome", () =>
  virtual(function* () {
    const tasks = [createTask(after(2, "a")), createTask(after(3, "b"))];
    const todo = asCompleted(tasks);
    const [first, second] = todo;
    const waiting = createTask(first!);
    getRunningLoop().callLater(1, () => waiting.cancel());
    assert.ok((yield* failureOf(waiting)) instanceof CancelledError);
    assert.deepEqual(
      tasks.map((task) => task.cancelled()),
      [false, false],
    );
    assert.equal(yield* second!, "a");
    assert.equal(yield* tasks[1]!, "b");
  }));

test("what is no list of awaitables is refused, and never taken for an empty one", () =>
  virtual(function* () {
    const done = new Future<string>();
    done.setResult("x");
    // A pending future in place of `done` is iterated for ever.
    function* main() {
      return "x";
    }
    for (const wrong of [undefined, null, done, main()] as unknown as Awaitable<string>[][]) {
      assert.throws(() => asCompleted(wrong), { name: "TypeError" }, `asCompleted(${wrong})`);
    }
  }));

test("members that are no awaitables are named", () =>
  virtual(function* () {
    assert.throws(() => asCompleted([5 as never]), /^TypeError: Expected a coroutine, .*, got 5$/);
    assert.throws(() => asCompleted([Promise.resolve() as never]), /wrap it, as in from\(promise\)/);
  }));

test("a timeout that is no number is refused by its name", () =>
  virtual(function* () {
    const future = new Future();
    assert.throws(() => asCompleted([future], { timeout: Number.NaN }), /RangeError: Expected `timeout` .*NaN/);
  }));

test("outside of a loop it says what is missing", () => {
  assert.throws(() => asCompleted([]), /asCompleted\(\) needs an event loop and none is running/);
});
