import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Awaitable,
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  Future,
  getRunningLoop,
  isCancelled,
  sleep,
  type Task,
} from "yieldfrom";
import { virtual } from "../helpers.ts";

const failure = new Error("broken");

/** A task around a body whose steps can be noted. */
function watched<T>(body: (log: string[]) => Coroutine<T>): { task: Task<T>; log: string[] } {
  const log: string[] = [];
  return { task: createTask(body(log)), log };
}

test("cancelled before its first step a body never runs, finally included", () => {
  virtual(function* () {
    const { task, log } = watched(function* (log) {
      try {
        log.push("body");
        yield* sleep(0);
      } finally {
        log.push("finally");
      }
    });
    assert.equal(task.cancel("early"), true);
    assert.equal(task.done(), false, "it ends at its step");
    yield* sleep(0);
    assert.equal(task.cancelled(), true);
    assert.deepEqual(log, []);
    assert.throws(() => task.result(), { name: "CancelledError", message: "early" });
  });
});

test("a lazy awaitable as a task can be cancelled before its first step", () => {
  virtual(function* () {
    const task = createTask(sleep(1000));
    task.cancel();
    yield* sleep(0);
    assert.equal(task.cancelled(), true);
    assert.equal(getRunningLoop()._timers.peek(), undefined);
  });
});

/** What a task can wait for; `undone` says that what was acquired by waiting is given back. */
const waits: Record<string, () => { wait: Awaitable<unknown>; undone?: () => boolean }> = {
  "a future": () => {
    const future = new Future();
    return { wait: future, undone: () => future.cancelled() };
  },
  "sleep(1000)": () => ({ wait: sleep(1000), undone: () => getRunningLoop()._timers.peek() === undefined }),
  "sleep(0)": () => ({ wait: sleep(0) }),
  "sleep(0) with a result": () => ({ wait: sleep(0, "result") }),
  "a task": () => {
    const task = createTask(sleep(1000));
    return { wait: task, undone: () => task.cancelled() };
  },
  "a plain coroutine": () => ({
    wait: (function* () {
      yield* sleep(1000);
    })(),
    undone: () => getRunningLoop()._timers.peek() === undefined,
  }),
  "a coroutine()": () => ({
    wait: coroutine(function* () {
      yield* sleep(1000);
    })(),
    undone: () => getRunningLoop()._timers.peek() === undefined,
  }),
};

for (const [name, make] of Object.entries(waits)) {
  test(`cancelled while it waits for ${name}, the error is thrown at the yield* with its message`, () => {
    virtual(function* () {
      let undone: (() => boolean) | undefined;
      const { task, log } = watched(function* (log) {
        const { wait, undone: check } = make();
        undone = check;
        try {
          yield* wait;
          log.push("went on");
        } catch (error) {
          assert.ok(error instanceof CancelledError);
          log.push(error.message);
          throw error;
        }
      });
      yield* sleep(0);
      assert.equal(task.cancel("stop"), true);
      for (let i = 0; i < 3; i++) yield* sleep(0);
      assert.deepEqual(log, ["stop"]);
      assert.equal(task.cancelled(), true);
      assert.equal(undone?.() ?? true, true);
    });
  });
}

test("in the window between the outcome and the wake-up, the cancellation replaces result and error", () => {
  for (const settle of [(f: Future<number>) => f.setResult(1), (f: Future<number>) => f.setException(failure)]) {
    virtual(function* () {
      const future = new Future<number>();
      const { task, log } = watched(function* (log) {
        try {
          yield* future;
        } catch (error) {
          log.push((error as Error).name);
          throw error;
        }
      });
      yield* sleep(0);
      settle(future);
      assert.equal(task.cancel(), true);
      assert.equal(future.cancelled(), false);
      yield* sleep(0);
      assert.deepEqual(log, ["CancelledError"]);
      assert.equal(task.cancelled(), true);
    });
  }
});

test("in the window after what it waits for was cancelled, that cancellation's message stays", () => {
  virtual(function* () {
    const future = new Future();
    const { task } = watched(function* () {
      yield* future;
    });
    yield* sleep(0);
    future.cancel("the future's");
    task.cancel("the task's");
    yield* sleep(0);
    assert.throws(() => task.result(), { name: "CancelledError", message: "the future's" });
  });
});

test("cancelled by itself it goes on to its next wait", () => {
  virtual(function* () {
    const future = new Future();
    const { task, log } = watched(function* (log) {
      currentTask()!.cancel("myself");
      log.push("still here");
      try {
        yield* future;
      } catch (error) {
        log.push((error as Error).message);
        throw error;
      }
    });
    yield* sleep(1);
    assert.deepEqual(log, ["still here", "myself"]);
    assert.ok(task.cancelled() && future.cancelled());
  });
});

test("cancelled by itself in its last step: the request wins over a result, an error over the request", () => {
  virtual(function* () {
    const { task: returns } = watched(function* () {
      currentTask()!.cancel("at the end");
      return 1;
    });
    const { task: throws } = watched(function* () {
      currentTask()!.cancel();
      throw failure;
    });
    yield* sleep(0);
    assert.throws(() => returns.result(), { name: "CancelledError", message: "at the end" });
    assert.equal(throws.exception(), failure);
  });
});

test("cancel() of a task that is done says false and changes nothing", () => {
  virtual(function* () {
    const task = createTask(sleep(0, 5));
    assert.equal(yield* task, 5);
    assert.equal(task.cancel(), false);
    assert.equal(task.cancelling(), 0);
    assert.equal(task.result(), 5);
  });
});

test("a task may refuse: it catches the error and goes on", () => {
  virtual(function* () {
    const { task } = watched(function* () {
      try {
        yield* sleep(1000);
      } catch (error) {
        assert.ok(isCancelled(error));
      }
      yield* sleep(10);
      return "refused";
    });
    yield* sleep(1);
    task.cancel();
    assert.equal(yield* task, "refused");
    assert.equal(getRunningLoop().time(), 11);
    assert.equal(task.cancelling(), 1, "asked for and never taken back");
  });
});

test("a task that refuses can be asked again", () => {
  virtual(function* () {
    const { task, log } = watched(function* (log) {
      for (;;) {
        try {
          yield* sleep(1000);
        } catch (error) {
          log.push((error as Error).message);
          if (log.length === 3) throw error;
        }
      }
    });
    for (const message of ["one", "two", "three"]) {
      yield* sleep(1);
      task.cancel(message);
    }
    yield* sleep(1);
    assert.deepEqual(log, ["one", "two", "three"]);
    assert.equal(task.cancelled(), true);
    assert.equal(task.cancelling(), 3);
  });
});

test("a body that answers a cancellation by another error ends with that", () => {
  virtual(function* () {
    const { task } = watched(function* () {
      try {
        yield* sleep(1000);
      } catch {
        throw failure;
      }
    });
    yield* sleep(1);
    task.cancel();
    yield* sleep(1);
    assert.equal(task.cancelled(), false);
    assert.equal(task.exception(), failure);
  });
});

test("two requests before it runs are one error with the first message, counted twice", () => {
  virtual(function* () {
    const { task, log } = watched(function* (log) {
      try {
        yield* sleep(1000);
      } catch (error) {
        log.push((error as Error).message);
        yield* sleep(5);
        log.push("undisturbed");
      }
    });
    yield* sleep(1);
    task.cancel("first");
    task.cancel("second");
    yield* sleep(1);
    assert.equal(task.cancelling(), 2);
    yield* task;
    assert.deepEqual(log, ["first", "undisturbed"]);
  });
});

test("uncancel() takes requests back down to none, and the last one drops what is not delivered", () => {
  virtual(function* () {
    const { task, log } = watched(function* (log) {
      log.push("ran");
      yield* sleep(0);
      return "whole";
    });
    task.cancel();
    task.cancel();
    assert.deepEqual([task.cancelling(), task.uncancel(), task.uncancel(), task.uncancel()], [2, 1, 0, 0]);
    assert.equal(yield* task, "whole");
    assert.deepEqual(log, ["ran"]);
  });
});

test("cancelling the one that waits cancels what it waits for, and ends after it", () => {
  virtual(function* () {
    const order: string[] = [];
    const inner = createTask(
      (function* () {
        try {
          yield* sleep(1000);
        } finally {
          yield* sleep(10);
          order.push("inner cleaned up");
        }
      })(),
    );
    const { task: outer } = watched(function* () {
      try {
        yield* inner;
      } finally {
        order.push("outer told");
      }
    });
    yield* sleep(1);
    outer.cancel();
    yield* sleep(20);
    assert.deepEqual(order, ["inner cleaned up", "outer told"]);
    assert.ok(inner.cancelled() && outer.cancelled());
  });
});

test("a task that waits for one that refuses is not cancelled by the request", () => {
  virtual(function* () {
    const inner = createTask(
      (function* () {
        try {
          yield* sleep(1000);
        } catch {}
        return "refused";
      })(),
    );
    const { task: outer } = watched(function* () {
      return yield* inner;
    });
    yield* sleep(1);
    outer.cancel();
    assert.equal(yield* outer, "refused");
  });
});

test("CancelledError thrown by hand cancels the task", () => {
  virtual(function* () {
    const { task } = watched(function* () {
      throw new CancelledError("own idea");
    });
    yield* sleep(0);
    assert.equal(task.cancelled(), true);
    assert.equal(task.cancelling(), 0);
    assert.throws(() => task.exception(), { message: "own idea" });
  });
});
