import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  ExceptionGroup,
  eagerTaskFactory,
  getRunningLoop,
  RuntimeError,
  sleep,
  type Task,
  TaskGroup,
  TimeoutError,
  taskGroup,
  timeout,
} from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

const broken = new Error("broken");

/** Sleeps for long, and says in `log` how it ended. */
function* long(log: string[], name: string): Coroutine<void> {
  try {
    yield* sleep(1000);
    log.push(`${name} slept`);
  } catch (error) {
    log.push(`${name}: ${error}`);
    throw error;
  }
}

/** Nothing of the group's own request is left on the task that had it, and it can wait. */
function* isUnharmed(): Coroutine<void> {
  assert.equal(currentTask()!.cancelling(), 0);
  yield* sleep(1);
}

test("cancel() in the body stops the tasks and the body, and nothing is thrown", () =>
  virtual(function* () {
    const log: string[] = [];
    let task: Task<void> | undefined;
    const result = yield* taskGroup(function* (group) {
      task = group.createTask(long(log, "child"));
      yield* sleep(1);
      group.cancel("enough");
      yield* long(log, "body");
      return "never";
    });
    assert.equal(result, undefined);
    assert.equal(task!.cancelled(), true);
    assert.deepEqual(log.sort(), ["body: CancelledError: enough", "child: CancelledError: enough"]);
    assert.equal(getRunningLoop().time(), 1);
    yield* isUnharmed();
  }));

test("the value of a body that ends all the same is the result", () =>
  virtual(function* () {
    const log: string[] = [];
    const last = yield* taskGroup(function* (group) {
      group.createTask(long(log, "child"));
      yield* sleep(1);
      group.cancel();
      return "last words";
    });
    assert.equal(last, "last words");
    const caught = yield* taskGroup(function* (group) {
      group.createTask(long(log, "child"));
      group.cancel();
      try {
        yield* sleep(1000);
      } catch {
        return "caught";
      }
      return "never";
    });
    assert.equal(caught, "caught");
    assert.deepEqual(log, ["child: CancelledError"]);
    yield* isUnharmed();
  }));

test("a child, another task, a done callback and a timer may call it", () => {
  const ways: Record<string, (group: TaskGroup) => void> = {
    child: (group) =>
      void group.createTask(
        (function* () {
          yield* sleep(2);
          group.cancel();
          yield* sleep(1000);
        })(),
      ),
    "another task": (group) => {
      createTask(
        (function* () {
          yield* sleep(2);
          group.cancel();
        })(),
      );
    },
    "done callback of a child": (group) => group.createTask(sleep(2)).addDoneCallback(() => group.cancel()),
    timer: (group) => void getRunningLoop().callLater(2, () => group.cancel()),
  };
  for (const [way, start] of Object.entries(ways)) {
    for (const bodyWaits of [true, false]) {
      virtual(function* () {
        const log: string[] = [];
        yield* taskGroup(function* (group) {
          group.createTask(long(log, "child"));
          start(group);
          if (bodyWaits) yield* long(log, "body");
        });
        const ended = ["child: CancelledError", ...(bodyWaits ? ["body: CancelledError"] : [])];
        assert.deepEqual(log.sort(), ended.sort(), `${way}, body ${bodyWaits ? "waits" : "has ended"}`);
        assert.equal(getRunningLoop().time(), 2);
        yield* isUnharmed();
      });
    }
  }
});

test("cancel() again, and after the group has ended, does nothing", () =>
  virtual(function* () {
    let kept: TaskGroup | undefined;
    let cleaned = false;
    yield* taskGroup(function* (group) {
      kept = group;
      group.createTask(
        (function* () {
          try {
            yield* sleep(1000);
          } finally {
            group.cancel();
            yield* sleep(1);
            group.cancel();
            cleaned = true;
          }
        })(),
      );
      yield* sleep(0);
      group.cancel();
      group.cancel();
      yield* sleep(1000);
    });
    assert.equal(cleaned, true);
    kept!.cancel();
    yield* isUnharmed();
    yield* taskGroup(function* (group) {
      kept = group;
      yield* sleep(0);
    });
    kept!.cancel();
    yield* isUnharmed();
  }));

test("no task is started after it, and the coroutine given is closed", () =>
  virtual(function* () {
    yield* taskGroup(function* (group) {
      group.createTask(sleep(5));
      group.cancel();
      assert.throws(
        () => group.createTask(sleep(1)),
        /^RuntimeError: <TaskGroup cancelling tasks=1 errors=0> is shutting down$/,
      );
      yield* sleep(0);
    });
  }));

test("a group that was not entered can't be stopped", () => {
  assert.throws(
    () => new TaskGroup().cancel(),
    (error) =>
      error instanceof RuntimeError &&
      error.message === "<TaskGroup tasks=0 errors=0> has not been entered; use taskGroup(function* (group) { … })",
  );
});

test("a child that was just made never starts", () =>
  virtual(function* () {
    let started = false;
    yield* taskGroup(function* (group) {
      group.createTask(
        (function* () {
          started = true;
        })(),
      );
      group.cancel();
    });
    assert.equal(started, false);
  }));

test("errors of children and body are thrown all the same", () =>
  virtual(function* () {
    function* failing(): Coroutine<void> {
      try {
        yield* sleep(1000);
      } catch {
        throw broken;
      }
    }
    const ofChild = yield* failureOf(
      taskGroup(function* (group) {
        group.createTask(failing());
        yield* sleep(1);
        group.cancel();
        yield* sleep(1000);
      }),
    );
    assert.ok(ofChild instanceof ExceptionGroup);
    assert.deepEqual(ofChild.errors, [broken]);
    const ofBody = yield* failureOf(
      taskGroup(function* (group) {
        group.createTask(sleep(1000));
        group.cancel();
        yield* failing();
      }),
    );
    assert.ok(ofBody instanceof ExceptionGroup);
    assert.deepEqual(ofBody.errors, [broken]);
    yield* isUnharmed();
  }));

test("a failure before it is what is thrown", () =>
  virtual(function* () {
    const error = yield* failureOf(
      taskGroup(function* (group) {
        group.createTask(
          (function* () {
            throw broken;
          })(),
        );
        group.createTask(
          (function* () {
            try {
              yield* sleep(1000);
            } finally {
              group.cancel();
            }
          })(),
        );
        yield* sleep(1000);
      }),
    );
    assert.ok(error instanceof ExceptionGroup);
    assert.deepEqual(error.errors, [broken]);
    yield* isUnharmed();
  }));

test("a cancellation of the parent by someone else is not swallowed, whenever it comes", () => {
  /** Loop times at which the group and its parent are cancelled; the child takes from 2 to 5 to clean up. */
  const moments: [group: number, parent: number][] = [];
  for (const group of [2]) for (const parent of [1, 2, 3, 4]) moments.push([group, parent]);
  for (const bodyWaits of [true, false]) {
    for (const parentFirst of [true, false]) {
      for (const [groupAt, parentAt] of moments) {
        virtual(function* () {
          let cleaned = false;
          function* child(): Coroutine<void> {
            try {
              yield* sleep(1000);
            } finally {
              yield* sleep(3);
              cleaned = true;
            }
          }
          const parent = createTask(
            taskGroup(function* (group) {
              group.createTask(child());
              const cancelGroup = () => group.cancel("group");
              if (!parentFirst) getRunningLoop().callAt(groupAt, cancelGroup);
              getRunningLoop().callAt(parentAt, () => parent.cancel("parent"));
              if (parentFirst) getRunningLoop().callAt(groupAt, cancelGroup);
              if (bodyWaits) yield* sleep(1000);
            }),
          );
          const error = yield* failureOf(parent);
          const when = `group at ${groupAt}, parent at ${parentAt}, ${parentFirst ? "parent" : "group"} first, body ${bodyWaits ? "waits" : "has ended"}`;
          assert.ok(error instanceof CancelledError, when);
          assert.equal(parent.cancelled(), true, when);
          assert.equal(parent.cancelling(), 1, when);
          assert.equal(cleaned, true, when);
        });
      }
    }
  }
});

test("a request that the parent had not heard of when it entered is not the group's", () =>
  virtual(function* () {
    const task = createTask(
      (function* () {
        currentTask()!.cancel("pending");
        yield* taskGroup(function* (group) {
          group.cancel("group");
          yield* sleep(1000);
        });
        yield* sleep(0);
      })(),
    );
    const error = yield* failureOf(task);
    assert.ok(error instanceof CancelledError);
    assert.equal(task.cancelling(), 1);
  }));

test("a task that is cleaning up after its own cancellation may use and stop a group", () =>
  virtual(function* () {
    const log: string[] = [];
    const task = createTask(
      (function* () {
        try {
          yield* sleep(1000);
        } finally {
          yield* taskGroup(function* (group) {
            group.createTask(long(log, "child"));
            yield* sleep(1);
            group.cancel();
            yield* sleep(1000);
          });
          log.push("cleaned");
        }
      })(),
    );
    yield* sleep(1);
    task.cancel("outside");
    assert.equal(String(yield* failureOf(task)), "CancelledError: outside");
    assert.deepEqual(log, ["child: CancelledError", "cleaned"]);
  }));

test("a group that stops itself and does not wait leaves nothing behind, also in a task that was cancelled before", () =>
  virtual(function* () {
    const task = createTask(
      (function* () {
        try {
          yield* sleep(1000);
          return "slept";
        } catch {
          yield* taskGroup(function* (group) {
            group.cancel();
          });
          assert.equal(currentTask()!.cancelling(), 1);
          yield* sleep(10);
          return "cleaned up";
        }
      })(),
    );
    yield* sleep(1);
    task.cancel();
    assert.equal(yield* task, "cleaned up");
  }));

test("timeouts around and inside keep their own requests apart", () =>
  virtual(function* () {
    const outside = yield* failureOf(
      timeout(2, () =>
        taskGroup(function* (group) {
          getRunningLoop().callAt(2, () => group.cancel());
          group.createTask(sleep(1000));
          yield* sleep(1000);
        }),
      ),
    );
    assert.ok(outside instanceof TimeoutError);
    yield* isUnharmed();
    const start = getRunningLoop().time();
    yield* taskGroup(function* (group) {
      getRunningLoop().callAt(start + 2, () => group.cancel());
      yield* timeout(2, () => sleep(1000));
    });
    assert.equal(getRunningLoop().time(), start + 2);
    yield* isUnharmed();
  }));

test("an inner group may stop the outer one, and the outer the inner", () =>
  virtual(function* () {
    const log: string[] = [];
    yield* taskGroup(function* (outer) {
      yield* taskGroup(function* (inner) {
        inner.createTask(long(log, "inner child"));
        yield* sleep(1);
        outer.cancel();
        yield* long(log, "inner body");
      });
      log.push("between");
    });
    assert.deepEqual(log, ["inner body: CancelledError", "inner child: CancelledError"]);
    yield* isUnharmed();
  }));

test("a child that stops the group while it starts eagerly is stopped too", () =>
  virtual(function* () {
    getRunningLoop().setTaskFactory(eagerTaskFactory);
    const log: string[] = [];
    yield* taskGroup(function* (group) {
      group.createTask(
        (function* () {
          group.cancel();
          yield* long(log, "eager");
        })(),
      );
      yield* long(log, "body");
    });
    getRunningLoop().setTaskFactory(null);
    assert.deepEqual(log.sort(), ["body: CancelledError", "eager: CancelledError"]);
    assert.equal(getRunningLoop().time(), 0);
    yield* isUnharmed();
  }));
