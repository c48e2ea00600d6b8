import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allTasks,
  type Coroutine,
  coroutine,
  createEagerTaskFactory,
  createTask,
  currentTask,
  eagerTaskFactory,
  gather,
  getRunningLoop,
  sleep,
  Task,
  VirtualEventLoop,
} from "yieldfrom";
import { failureOf, reportsOf, virtual } from "../helpers.ts";

function* at(seen: string[], name: string): Coroutine<string> {
  seen.push(`${name} starts in ${currentTask()?.getName()}`);
  yield* sleep(1);
  seen.push(`${name} ends`);
  return name;
}

test("an eager task's first step runs inside createTask, as the current task, and then goes on as any other", () => {
  const seen: string[] = [];
  virtual(function* () {
    const outer = currentTask();
    const task = createTask(at(seen, "a"), { name: "A", eagerStart: true });
    seen.push("made");
    assert.equal(currentTask(), outer);
    assert.ok(allTasks().has(task as Task<unknown>));
    assert.equal(yield* task, "a");
  });
  assert.deepEqual(seen, ["a starts in A", "made", "a ends"]);
});

test("one that never waits is done at once and keeps no coroutine; its failure is only stored", () => {
  virtual(function* () {
    function* value(): Coroutine<number> {
      return 1;
    }
    function* failing(): Coroutine<number> {
      throw new Error("at once");
    }
    const task = createTask(value(), { eagerStart: true });
    assert.equal(task.result(), 1);
    assert.equal(task.getCoro(), null);
    assert.equal(allTasks().size, 1);
    assert.match(String(yield* failureOf(createTask(failing(), { eagerStart: true }))), /at once/);
  });
});

test("a loop that does not run starts an eager task soon", () => {
  const loop = new VirtualEventLoop();
  const seen: string[] = [];
  const task = loop.createTask(at(seen, "a"), { eagerStart: true, name: "A" });
  assert.deepEqual(seen, []);
  assert.equal(loop.runUntilComplete(task), "a");
});

test("the eager factory makes all tasks eager but those that say otherwise; gather of eager ones is done at once", () => {
  virtual(function* () {
    const loop = getRunningLoop();
    loop.setTaskFactory(eagerTaskFactory);
    assert.equal(loop.getTaskFactory(), eagerTaskFactory);
    function* value(n: number): Coroutine<number> {
      return n;
    }
    assert.deepEqual(gather([value(1), value(2)]).result(), [1, 2]);
    const lazy = createTask(value(3), { eagerStart: false });
    assert.equal(lazy.done(), false);
    assert.equal(yield* lazy, 3);
    loop.setTaskFactory(null);
    assert.equal(createTask(value(4)).done(), false);
    assert.throws(() => loop.setTaskFactory(1 as never), /Expected `factory` to be a function or null, got 1/);
  });
});

test("a factory is given the loop, the coroutine and the options, and may use a class of its own", () => {
  class Special<T> extends Task<T> {}
  virtual(function* () {
    const loop = getRunningLoop();
    loop.setTaskFactory(createEagerTaskFactory(Special));
    const task = createTask(sleep(1, "slept"), { name: "N" });
    assert.ok(task instanceof Special);
    assert.equal(task.getName(), "N");
    assert.equal(yield* task, "slept");
  });
});

test("eager starts inside of coroutine() chains do not disturb the chain that makes them", () => {
  const leaf = coroutine(function* leaf(n: number): Coroutine<number> {
    yield* sleep(1);
    return n;
  });
  const inner = coroutine(function* inner(n: number): Coroutine<number> {
    const task = createTask(leaf(n), { eagerStart: true });
    return (yield* leaf(n)) + (yield* task);
  });
  virtual(function* () {
    const outer = coroutine(function* outer(): Coroutine<number> {
      return (yield* inner(1)) + (yield* createTask(inner(2), { eagerStart: true }));
    });
    assert.equal(yield* outer(), 6);
  });
});

test("an eager task that cancels itself in its first step is cancelled at its first wait", () => {
  const reports = reportsOf(function* () {
    const seen: string[] = [];
    function* own(): Coroutine<void> {
      currentTask()?.cancel("enough");
      yield* at(seen, "own");
    }
    const task = createTask(own(), { eagerStart: true, name: "E" });
    assert.match(String(yield* failureOf(task)), /enough/);
    assert.deepEqual(seen, ["own starts in E"]);
  });
  assert.deepEqual(reports, []);
});
