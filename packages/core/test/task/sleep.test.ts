import assert from "node:assert/strict";
import { test } from "node:test";
import { createTask, gather, getRunningLoop, sleep } from "yieldfrom";
import { virtual } from "../helpers.ts";

test("sleep takes its time and gives its result", () => {
  virtual(function* () {
    assert.equal(yield* sleep(5), undefined);
    assert.equal(yield* sleep(2.5, "result"), "result");
    assert.equal(getRunningLoop().time(), 7.5);
  });
});

test("sleep(0) and less give way once and take no time", () => {
  virtual(function* () {
    const order: string[] = [];
    const other = createTask(
      (function* () {
        order.push("other");
        yield* sleep(0);
        order.push("other again");
      })(),
    );
    for (const ms of [0, -1, Number.NEGATIVE_INFINITY]) {
      yield* sleep(ms);
      order.push(`after ${ms}`);
    }
    yield* other;
    assert.deepEqual(order, ["other", "after 0", "other again", "after -1", "after -Infinity"]);
    assert.equal(getRunningLoop().time(), 0);
  });
});

test("sleep(0) is one object for everybody, and waits for each of them", () => {
  virtual(function* () {
    const shared = sleep(0);
    assert.equal(shared, sleep(0));
    let steps = 0;
    const many = Array.from({ length: 10 }, () =>
      createTask(
        (function* () {
          for (let i = 0; i < 10; i++) {
            yield* shared;
            steps++;
          }
        })(),
      ),
    );
    yield* gather(many);
    assert.equal(steps, 100);
  });
});

test("a sleep(0) right after another wait still gives way", () => {
  virtual(function* () {
    let turns = 0;
    const count = () => {
      turns++;
      if (turns < 100) getRunningLoop().callSoon(count);
    };
    getRunningLoop().callSoon(count);
    const seen: number[] = [];
    yield* sleep(0);
    seen.push(turns);
    yield* sleep(0);
    seen.push(turns);
    yield* createTask(sleep(0));
    seen.push(turns);
    yield* sleep(0);
    seen.push(turns);
    assert.deepEqual(seen, [1, 2, 5, 6]);
    yield* sleep(1);
  });
});

test("a sleep(0) right after a cancelled one gives way as well", () => {
  virtual(function* () {
    const order: string[] = [];
    const task = createTask(
      (function* () {
        try {
          yield* sleep(0);
        } catch {
          order.push("caught");
          yield* sleep(0);
          order.push("rested");
        }
      })(),
    );
    yield* sleep(0);
    task.cancel();
    getRunningLoop().callSoon(() => order.push("between"));
    yield* task;
    assert.deepEqual(order, ["caught", "between", "rested"]);
  });
});

test("NaN and what is no number are refused where they are written", () => {
  assert.throws(() => sleep(Number.NaN), {
    name: "RangeError",
    message: "Expected `ms` to be a number of milliseconds, got NaN",
  });
  assert.throws(() => sleep("5" as never), {
    name: "TypeError",
    message: "Expected `ms` to be a number of milliseconds, got 5",
  });
  assert.throws(() => sleep(undefined as never), { name: "TypeError" });
});

test("a sleep that is cancelled, or whose timer is ahead of a late wake-up, leaves no timer", () => {
  virtual(function* () {
    const tasks = [1, 2, 3].map(() => createTask(sleep(1000)));
    yield* sleep(1);
    for (const task of tasks) task.cancel();
    yield* sleep(1);
    assert.ok(tasks.every((task) => task.cancelled()));
    assert.equal(getRunningLoop()._timers.peek(), undefined);
  });
});

test("sleepers wake in the order of their times, equal ones in the order they went to sleep", () => {
  virtual(function* () {
    const order: string[] = [];
    function* sleeper(name: string, ms: number) {
      yield* sleep(ms);
      order.push(name);
    }
    yield* gather([sleeper("a", 3), sleeper("b", 1), sleeper("c", 3), sleeper("d", 2), sleeper("e", 1)]);
    assert.deepEqual(order, ["b", "e", "d", "a", "c"]);
  });
});

test("awaiting a sleep outside of a loop is impossible", () => {
  assert.throws(() => sleep(5)[Symbol.iterator]().next(), { name: "RuntimeError" });
});
