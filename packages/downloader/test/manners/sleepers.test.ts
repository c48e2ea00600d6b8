import assert from "node:assert/strict";
import { test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, isCancelled, sleep, type Task } from "yieldfrom";
import { failureOf, virtual } from "../../../core/test/helpers.ts";
import { Sleepers } from "../../src/manners/sleepers.ts";

/** Tasks that note their names when they are woken, all asleep. */
function* asleep(sleepers: Sleepers, names: string): Coroutine<{ woken: string[]; tasks: Task<void>[] }> {
  const woken: string[] = [];
  const tasks = [...names].map((name) =>
    createTask(
      (function* () {
        yield* sleepers.wait();
        woken.push(name);
      })(),
    ),
  );
  yield* sleep(1);
  return { woken, tasks };
}

test("they are woken one by one, in the order they came, or all", () => {
  virtual(function* () {
    const sleepers = new Sleepers();
    const { woken } = yield* asleep(sleepers, "abcd");
    sleepers.wakeOne();
    yield* sleep(1);
    assert.deepEqual(woken, ["a"]);
    sleepers.wakeOne();
    sleepers.wakeOne();
    yield* sleep(1);
    assert.deepEqual(woken, ["a", "b", "c"]);
    sleepers.wakeAll();
    yield* sleep(1);
    assert.deepEqual(woken, ["a", "b", "c", "d"]);
    sleepers.wakeOne();
    sleepers.wakeAll();
  });
});

test("a cancelled one is passed over, also before its task has run", () => {
  virtual(function* () {
    const sleepers = new Sleepers();
    const { woken, tasks } = yield* asleep(sleepers, "abc");
    tasks[0]?.cancel();
    sleepers.wakeOne();
    assert.ok(isCancelled(yield* failureOf(tasks[0] as Task<void>)));
    yield* sleep(1);
    assert.deepEqual(woken, ["b"]);
    sleepers.wakeAll();
    yield* sleep(1);
    assert.deepEqual(woken, ["b", "c"]);
  });
});

test("one that is cancelled after it was woken hands its wake-up on", () => {
  virtual(function* () {
    const sleepers = new Sleepers();
    const { woken, tasks } = yield* asleep(sleepers, "ab");
    sleepers.wakeOne();
    tasks[0]?.cancel();
    yield* sleep(1);
    assert.deepEqual(woken, ["b"]);
    assert.ok(tasks[0]?.cancelled());
  });
});

test("nothing is left of one that is cancelled", async () => {
  const points = await cancelEverywhere(function* () {
    const sleepers = new Sleepers();
    const { tasks } = yield* asleep(sleepers, "ab");
    try {
      sleepers.wakeOne();
      yield* sleep(1);
    } finally {
      sleepers.wakeAll();
      for (const task of tasks) task.cancel();
    }
  });
  assert.ok(points > 0);
});
