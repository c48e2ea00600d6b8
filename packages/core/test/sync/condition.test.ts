import assert from "node:assert/strict";
import { test } from "node:test";
import { Condition, type Coroutine, createTask, Lock, sleep } from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

test("waitFor gives the predicate's value once it is true, and holds the lock", () => {
  virtual(function* () {
    const condition = new Condition();
    const items: number[] = [];
    function* consumer(): Coroutine<number> {
      using _held = yield* condition;
      const length = yield* condition.waitFor(() => items.length);
      assert.ok(condition.locked());
      return length;
    }
    const task = createTask(consumer());
    yield* sleep(1);
    assert.equal(condition.locked(), false, "who waits has released it");
    yield* condition.acquire();
    condition.notifyAll();
    condition.release();
    yield* sleep(1);
    assert.equal(task.done(), false, "the predicate was not true yet");
    items.push(1);
    yield* condition.acquire();
    condition.notify();
    condition.release();
    assert.equal(yield* task, 1);
    assert.equal(condition.locked(), false);
  });
});

test("notify wakes as many as it is told, in their order", () => {
  virtual(function* () {
    const condition = new Condition();
    const woken: number[] = [];
    function* waiter(n: number): Coroutine<void> {
      using _held = yield* condition;
      yield* condition.wait();
      woken.push(n);
    }
    const tasks = [0, 1, 2, 3].map((n) => createTask(waiter(n)));
    yield* sleep(1);
    for (const [count, expected] of [
      [2, [0, 1]],
      [0, [0, 1]],
      [9, [0, 1, 2, 3]],
    ] as const) {
      yield* condition.acquire();
      condition.notify(count);
      condition.release();
      yield* sleep(1);
      assert.deepEqual(woken, expected);
    }
    for (const task of tasks) yield* task;
  });
});

test("a cancelled wait takes the lock again first, and hands a notification on", () => {
  virtual(function* () {
    const condition = new Condition();
    const seen: string[] = [];
    function* waiter(name: string): Coroutine<void> {
      using _held = yield* condition;
      try {
        yield* condition.wait();
        seen.push(`${name} notified`);
      } catch (error) {
        seen.push(`${name} cancelled, locked ${condition.locked()}`);
        throw error;
      }
    }
    const [a, b] = [createTask(waiter("a")), createTask(waiter("b"))];
    yield* sleep(1);
    yield* condition.acquire();
    condition.notify();
    a.cancel();
    yield* sleep(1);
    assert.deepEqual(seen, [], "the lock is held by the one who notified");
    condition.release();
    yield* failureOf(a);
    yield* b;
    assert.deepEqual(seen, ["a cancelled, locked true", "b notified"]);
    assert.equal(condition.locked(), false);
  });
});

test("an error in the block gives the lock up; without the lock there is nothing to wait for", () => {
  virtual(function* () {
    const lock = new Lock();
    const condition = new Condition(lock);
    function* failing(): Coroutine<void> {
      using _held = yield* condition;
      assert.ok(lock.locked());
      throw new Error("in the block");
    }
    assert.match(String(yield* failureOf(failing())), /in the block/);
    assert.equal(lock.locked(), false);
    assert.match(
      String(yield* failureOf(condition.wait())),
      /^RuntimeError: wait\(\) on <Condition unlocked>, whose lock is not held/,
    );
    assert.throws(
      () => condition.notify(),
      /^RuntimeError: notify\(\) on <Condition unlocked>, whose lock is not held/,
    );
    assert.throws(() => new Condition({} as Lock), /Expected `lock` of a Condition to be a Lock/);
  });
});
