import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allTasks,
  createTask,
  currentTask,
  from,
  getEventLoop,
  getRunningLoop,
  HostEventLoop,
  newEventLoop,
  run,
  setEventLoop,
  sleep,
  type Task,
  VirtualEventLoop,
} from "yieldfrom";
import { virtual } from "../helpers.ts";

test("outside of a loop there is no running one, and the message says what to do", () => {
  assert.throws(() => getRunningLoop(), {
    name: "RuntimeError",
    code: "ERR_RUNTIME",
    message:
      "getRunningLoop() was called outside of a running event loop: call it inside run(main), or name the loop, as in loop.createTask(…)",
  });
  assert.throws(() => currentTask(), { name: "RuntimeError" });
  assert.throws(() => allTasks(), { name: "RuntimeError" });
});

test("the running loop is known in tasks and callbacks, the current task in tasks only", () => {
  const loop = new VirtualEventLoop();
  const seen: unknown[] = [];
  let main: Task<void> | null = null;
  loop.callSoon(() => seen.push(getRunningLoop() === loop, currentTask()));
  main = loop.createTask(
    (function* () {
      seen.push(getRunningLoop() === loop, currentTask() === main);
      yield* sleep(1);
      seen.push(getRunningLoop() === loop, currentTask() === main);
    })(),
  );
  loop.runUntilComplete(main);
  assert.deepEqual(seen, [true, null, true, true, true, true]);
  assert.throws(() => getRunningLoop(), { name: "RuntimeError" });
  loop.close();
});

test("between a task's steps, on the host, nothing is current", async () => {
  let seen: unknown = "not called";
  await run(function* () {
    yield* from(
      Promise.resolve().then(() => {
        try {
          seen = getRunningLoop();
        } catch (error) {
          seen = (error as Error).name;
        }
      }),
    );
  });
  assert.equal(seen, "RuntimeError");
});

test("currentTask of another loop is none", () => {
  virtual(function* () {
    const other = new VirtualEventLoop();
    assert.equal(currentTask(other), null);
    assert.notEqual(currentTask(), null);
    other.close();
    yield* sleep(0);
  });
});

test("allTasks are the pending ones, oldest first, in a set of one's own", () => {
  virtual(function* () {
    const main = currentTask()!;
    const tasks = [1, 2, 3].map((ms) => createTask(sleep(ms)));
    assert.deepEqual([...allTasks()], [main, ...tasks]);
    allTasks().clear();
    yield* tasks[1]!;
    assert.deepEqual([...allTasks()], [main, tasks[2]]);
    yield* tasks[2]!;
  });
});

test("getEventLoop is the running loop, else the one set, else a new one that it sets", () => {
  setEventLoop(null);
  const made = getEventLoop();
  assert.ok(made instanceof HostEventLoop);
  assert.equal(getEventLoop(), made);
  const other = newEventLoop();
  setEventLoop(other);
  assert.equal(getEventLoop(), other);
  virtual(function* () {
    assert.equal(getEventLoop(), getRunningLoop());
    yield* sleep(0);
  });
  other.close();
  const next = getEventLoop();
  assert.notEqual(next, other);
  assert.equal(next.isClosed(), false);
  for (const loop of [made, next]) loop.close();
  setEventLoop(null);
});

test("the loop that is set serves what is made outside of a running one", () => {
  const loop = new VirtualEventLoop();
  setEventLoop(loop);
  try {
    assert.throws(() => getRunningLoop(), { name: "RuntimeError" }, "being set is not running");
    assert.throws(() => createTask(sleep(0)), { name: "RuntimeError" }, "createTask is for the running loop");
  } finally {
    setEventLoop(null);
    loop.close();
  }
});
