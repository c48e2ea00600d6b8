import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  coroutine,
  createTask,
  ExceptionGroup,
  gather,
  getRunningLoop,
  RuntimeError,
  run,
  sleep,
  type Task,
  TaskGroup,
  taskGroup,
  VirtualEventLoop,
} from "yieldfrom";
import { after, failAfter, failureOf, reportsOf, virtual } from "../helpers.ts";

function members(error: unknown): string[] {
  assert.ok(error instanceof ExceptionGroup, `${error} is no ExceptionGroup`);
  return error.errors.map(String);
}

test("gives the body's value once all tasks are done", () =>
  virtual(function* () {
    let slow: Task<string> | undefined;
    const value = yield* taskGroup(function* (group) {
      slow = group.createTask(after(9, "slow"));
      return yield* gather([group.createTask(after(1, "a")), group.createTask(sleep(1, "b"))]);
    });
    assert.deepEqual(value, ["a", "b"]);
    assert.equal(slow!.result(), "slow");
    assert.equal(getRunningLoop().time(), 9);
  }));

test("the body may be an arrow, and the group may stay empty", () =>
  virtual(function* () {
    assert.equal(yield* taskGroup(() => sleep(1, "x")), "x");
    assert.equal(yield* taskGroup((group) => group.createTask(after(1, "y"))), "y");
  }));

test("tasks take a name, and may start further tasks while the group is being left", () =>
  virtual(function* () {
    const names: string[] = [];
    yield* taskGroup(function* (group) {
      function* parent() {
        yield* sleep(3);
        names.push(group.createTask(after(3, "child"), { name: "child" }).getName());
      }
      names.push(group.createTask(parent(), { name: "parent" }).getName());
    });
    assert.deepEqual(names, ["parent", "child"]);
    assert.equal(getRunningLoop().time(), 6);
  }));

test("a failure cancels the others and the body, and comes in a group with its title and members", () =>
  virtual(function* () {
    const log: string[] = [];
    let other: Task<void> | undefined;
    const error = yield* failureOf(
      taskGroup(function* (group) {
        group.createTask(failAfter(1, "bad"));
        other = group.createTask(sleep(100));
        try {
          yield* sleep(100);
        } finally {
          log.push("body left");
        }
      }),
    );
    assert.deepEqual(members(error), ["Error: bad"]);
    assert.equal((error as Error).message, "unhandled errors in a TaskGroup (1 sub-exception)");
    assert.equal((error as Error).name, "ExceptionGroup");
    assert.ok(error instanceof AggregateError);
    assert.equal(other!.cancelled(), true);
    assert.deepEqual(log, ["body left"]);
    assert.equal(getRunningLoop().time(), 1);
  }));

test("errors of the tasks stand in the order of their ends, the body's own error last", () =>
  virtual(function* () {
    const error = yield* failureOf(
      taskGroup(function* (group) {
        function* failsWhenStopped() {
          try {
            yield* sleep(100);
          } catch {
            yield* sleep(5);
            throw new Error("second");
          }
        }
        group.createTask(failsWhenStopped());
        group.createTask(failAfter(1, "first"));
        try {
          yield* sleep(100);
        } catch {
          throw new Error("body");
        }
      }),
    );
    assert.deepEqual(members(error), ["Error: first", "Error: second", "Error: body"]);
    assert.equal((error as Error).message, "unhandled errors in a TaskGroup (3 sub-exceptions)");
  }));

test("the body throws: its tasks are cancelled, and the error comes in a group too", () =>
  virtual(function* () {
    let task: Task<void> | undefined;
    const error = yield* failureOf(
      taskGroup(function* (group) {
        task = group.createTask(sleep(100));
        yield* sleep(1);
        throw new RangeError("body");
      }),
    );
    assert.deepEqual(members(error), ["RangeError: body"]);
    assert.equal(task!.cancelled(), true);
  }));

test("the body is cancelled: its tasks are cancelled and waited for, and the cancellation goes on", () =>
  virtual(function* () {
    const log: string[] = [];
    function* slowToStop() {
      try {
        yield* sleep(100);
      } finally {
        yield* sleep(7);
        log.push("cleaned up");
      }
    }
    const parent = createTask(
      taskGroup(function* (group) {
        group.createTask(slowToStop());
        yield* sleep(100);
      }),
    );
    getRunningLoop().callLater(1, () => parent.cancel("from outside"));
    const error = yield* failureOf(parent);
    assert.ok(error instanceof CancelledError);
    assert.equal(error.message, "from outside");
    assert.deepEqual(log, ["cleaned up"]);
    assert.equal(getRunningLoop().time(), 8);
  }));

test("cancelled again and again while it is left, it still waits for its tasks", () =>
  virtual(function* () {
    const log: string[] = [];
    function* slowToStop() {
      try {
        yield* sleep(100);
      } finally {
        yield* sleep(7);
        log.push("cleaned up");
      }
    }
    const parent = createTask(
      taskGroup(function* (group) {
        group.createTask(slowToStop());
      }),
    );
    for (const ms of [1, 2, 3]) getRunningLoop().callLater(ms, () => parent.cancel());
    assert.ok((yield* failureOf(parent)) instanceof CancelledError);
    assert.deepEqual(log, ["cleaned up"]);
  }));

test("a cancelled task is no failure", () =>
  virtual(function* () {
    const value = yield* taskGroup(function* (group) {
      group.createTask(sleep(100)).cancel();
      return yield* sleep(1, "fine");
    });
    assert.equal(value, "fine");
  }));

test("a failure and a cancellation from outside: the error is thrown, and the next wait is cancelled", () =>
  virtual(function* () {
    const log: unknown[] = [];
    function* slowToStop() {
      try {
        yield* sleep(100);
      } finally {
        yield* sleep(7);
      }
    }
    function* main() {
      const error = yield* failureOf(
        taskGroup(function* (group) {
          group.createTask(slowToStop());
          group.createTask(failAfter(1, "bad"));
          yield* sleep(100);
        }),
      );
      log.push(...members(error), getRunningLoop().time());
      yield* sleep(1);
      log.push("not reached");
    }
    const task = createTask(main());
    getRunningLoop().callLater(3, () => task.cancel());
    assert.ok((yield* failureOf(task)) instanceof CancelledError);
    assert.deepEqual(log, ["Error: bad", 8]);
    assert.equal(task.cancelling(), 1);
  }));

test("nested: the inner group is one member of the outer one", () =>
  virtual(function* () {
    const error = yield* failureOf(
      taskGroup(function* (outer) {
        outer.createTask(
          taskGroup(function* (inner) {
            inner.createTask(failAfter(1, "deep"));
          }),
        );
        yield* sleep(100);
      }),
    );
    assert.ok(error instanceof ExceptionGroup);
    assert.deepEqual(members(error.errors[0]), ["Error: deep"]);
  }));

test("after it was left the parent is not being cancelled any more", () =>
  virtual(function* () {
    const parent = createTask(
      (function* () {
        yield* failureOf(
          taskGroup(function* (group) {
            group.createTask(failAfter(1, "bad"));
            yield* sleep(100);
          }),
        );
        return yield* sleep(1, "goes on");
      })(),
    );
    assert.equal(yield* parent, "goes on");
    assert.equal(parent.cancelling(), 0);
  }));

test("misuse is told with the group's state, and closes the coroutine that was given", () =>
  virtual(function* () {
    const created: TaskGroup[] = [];
    const closed: string[] = [];
    function* work() {
      yield* sleep(1);
    }
    assert.throws(() => new TaskGroup().createTask(work()), {
      name: "RuntimeError",
      message: "<TaskGroup tasks=0 errors=0> has not been entered; use taskGroup(function* (group) { … })",
    });
    const afterwards = work();
    yield* taskGroup(function* (group) {
      created.push(group);
      assert.equal(String(group), "<TaskGroup entered tasks=0 errors=0>");
      group.createTask(sleep(1));
      assert.equal(String(group), "<TaskGroup entered tasks=1 errors=0>");
    });
    assert.throws(() => created[0]!.createTask(afterwards), {
      name: "RuntimeError",
      message: "<TaskGroup entered tasks=0 errors=0> is finished",
    });
    assert.equal(afterwards.next().done, true);
    yield* failureOf(
      taskGroup(function* (group) {
        group.createTask(failAfter(1, "bad"));
        try {
          yield* sleep(100);
        } finally {
          closed.push("body");
          assert.throws(() => group.createTask(work()), {
            name: "RuntimeError",
            message: "<TaskGroup cancelling tasks=0 errors=1> is shutting down",
          });
        }
      }),
    );
    assert.deepEqual(closed, ["body"]);
  }));

test("a coroutine that a finished group refused is not reported as never awaited", () => {
  const made = coroutine(function* made() {
    yield* sleep(1);
  });
  const reports = reportsOf(function* () {
    let group: TaskGroup | undefined;
    yield* taskGroup(function* (it) {
      group = it;
      yield* sleep(0);
    });
    assert.throws(() => group!.createTask(made()), RuntimeError);
    assert.throws(() => group!.createTask(sleep(1)), RuntimeError);
  });
  assert.deepEqual(
    reports.map(({ message }) => message),
    [],
  );
});

test("something that is no coroutine is refused as createTask refuses it, in every state of the group", () =>
  virtual(function* () {
    let group: TaskGroup | undefined;
    yield* taskGroup(function* (it) {
      group = it;
      assert.throws(() => it.createTask(5 as never), /^TypeError: Expected a coroutine, got 5$/);
      assert.throws(() => it.createTask(failAfter as never), /call it, as in createTask\(failAfter\(\)\)/);
      yield* sleep(0);
    });
    for (const wrong of [5, undefined]) {
      assert.throws(() => group!.createTask(wrong as never), /Expected a coroutine|is finished/);
    }
  }));

test("a body that is no function, or returns no awaitable, is refused with what to write instead", () =>
  virtual(function* () {
    for (const body of [undefined, () => 5]) {
      const error = yield* failureOf(taskGroup(body as never));
      const told = error instanceof ExceptionGroup ? error.errors[0] : error;
      assert.match(String(told), /^TypeError: .*(function|awaitable)/, `for ${body}`);
    }
  }));

test("outside of a task it says so", () => {
  const loop = new VirtualEventLoop();
  let thrown: unknown;
  loop.callSoon(() => {
    try {
      taskGroup(() => sleep(1)).next();
    } catch (error) {
      thrown = error;
    }
    loop.stop();
  });
  loop.runForever();
  loop.close();
  assert.ok(thrown instanceof RuntimeError);
  assert.equal(thrown.message, "taskGroup() must be used inside a task");
});

test("a body that is no function is refused, and not as an error of the group", () =>
  virtual(function* () {
    assert.equal(
      String(yield* failureOf(taskGroup(undefined as never))),
      "TypeError: Expected `body` of taskGroup() to be a function that returns an awaitable, got undefined",
    );
    assert.equal(
      String(yield* failureOf(taskGroup(sleep(0) as never))),
      "TypeError: Expected `body` of taskGroup() to be a function that returns an awaitable, got sleep(0): write an arrow before it, as in `() => main()`",
    );
  }));

// asyncio keeps the loop that the group was entered in.
test("a callback of the host, where no loop runs, starts tasks in the group", async () => {
  const seen: string[] = [];
  await run(() =>
    taskGroup(function* (group) {
      setTimeout(() => {
        group.createTask(after(1, "from outside")).addDoneCallback((task) => seen.push(task.result()));
      }, 1);
      yield* sleep(10);
      seen.push("body");
    }),
  );
  assert.deepEqual(seen.toSorted(), ["body", "from outside"]);
});

test("a group that is finished refuses a task from outside, by its state", async () => {
  const group = await run(() =>
    taskGroup(function* (group) {
      yield* sleep(0);
      return group;
    }),
  );
  assert.throws(() => group.createTask(after(1, 1)), {
    name: "RuntimeError",
    message: "<TaskGroup entered tasks=0 errors=0> is finished",
  });
});
