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
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  type Task,
  VirtualEventLoop,
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
