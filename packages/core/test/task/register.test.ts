import assert from "node:assert/strict";
import { test } from "node:test";
import {
  _enterTask,
  _getRunningLoop,
  _leaveTask,
  _registerTask,
  _setRunningLoop,
  _unregisterTask,
  allTasks,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  type Task,
  VirtualEventLoop,
  wait,
} from "yieldfrom";
import { virtual } from "../helpers.ts";

test("the running loop can be asked for, and set", () => {
  assert.equal(_getRunningLoop(), null);
  const loop = new VirtualEventLoop();
  _setRunningLoop(loop);
  try {
    assert.equal(getRunningLoop(), loop);
    assert.equal(_getRunningLoop(), loop);
  } finally {
    _setRunningLoop(null);
  }
  loop.close();
});

test("a task can be taken out of its loop's list and put back, each once", () => {
  virtual(function* () {
    const task = createTask(sleep(1)) as Task<unknown>;
    _registerTask(task);
    assert.equal([...allTasks()].filter((other) => other === task).length, 1);
    _unregisterTask(task);
    _unregisterTask(task);
    assert.equal(allTasks().has(task), false);
    _registerTask(task);
    assert.equal(allTasks().has(task), true);
    yield* task;
    assert.equal(allTasks().has(task), false);
  });
});

test("the others stay in the list when a task ends that was taken out; one that is done is not put back", () => {
  virtual(function* () {
    const before = allTasks().size;
    const task = createTask(sleep(1)) as Task<unknown>;
    const other = createTask(sleep(5)) as Task<unknown>;
    _unregisterTask(task);
    yield* task;
    assert.equal(allTasks().size, before + 1);
    assert.equal(allTasks().has(other), true);
    _registerTask(task);
    assert.equal(allTasks().has(task), false);
    yield* other;
  });
});

test("a task is entered and left; not while another is run, and not another's place", () => {
  virtual(function* () {
    const loop = getRunningLoop();
    const task = createTask(sleep(1)) as Task<unknown>;
    assert.throws(() => _enterTask(loop, task), {
      name: "RuntimeError",
      message: /can't enter .* while .* is being run/,
    });
    loop.callSoon(() => {
      _enterTask(loop, task);
      assert.equal(currentTask(), task);
      _leaveTask(loop, task);
      assert.equal(currentTask(), null);
      assert.throws(() => _leaveTask(loop, task), {
        name: "RuntimeError",
        message: /can't leave .*, which is not the one that is being run/,
      });
    });
    yield* task;
  });
});

test("all tasks are found, oldest first: one that runs, that is queued, that waits, and those in the midst of an eager start", () => {
  const loop = new VirtualEventLoop();
  const names = () => [...allTasks(loop)].map((task) => task.getName());
  const seen: string[][] = [];
  function* waits() {
    yield* sleep(5);
  }
  function* looks(inner: boolean): Coroutine<void> {
    if (inner) createTask(looks(false), { name: "inner", eagerStart: true });
    seen.push(names());
    yield* sleep(5);
  }
  const main = loop.createTask(
    (function* () {
      const tasks = ["a", "b", "c"].map((name) => createTask(waits(), { name }));
      seen.push(names());
      yield* sleep(0);
      // The last takes the place of one that has gone.
      tasks[0]!.cancel();
      yield* wait([tasks[0]!]);
      tasks.push(createTask(waits(), { name: "d" }));
      seen.push(names());
      createTask(looks(true), { name: "outer", eagerStart: true });
      seen.push(names());
      yield* sleep(10);
    })(),
    { name: "main" },
  );
  loop.runUntilComplete(main);
  assert.deepEqual(names(), []);
  loop.close();
  assert.deepEqual(seen, [
    ["main", "a", "b", "c"],
    ["main", "b", "c", "d"],
    ["main", "b", "c", "d", "outer", "inner"],
    ["main", "b", "c", "d", "outer", "inner"],
    ["main", "b", "c", "d", "outer", "inner"],
  ]);
});

test("pending tasks of a loop are found from within another one that runs inside of them", () => {
  const outer = new VirtualEventLoop();
  const inner = new VirtualEventLoop();
  const found = outer.runUntilComplete(
    (function* (): Coroutine<number> {
      return inner.runUntilComplete(
        (function* (): Coroutine<number> {
          return allTasks(outer).size;
        })(),
      );
    })(),
  );
  assert.equal(found, 1);
  inner.close();
  outer.close();
});
