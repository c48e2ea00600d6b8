import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  type Awaitable,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  Future,
  gather,
  getRunningLoop,
  run,
  sleep,
  type Task,
  taskGroup,
  timeout,
  timeoutAt,
  VirtualEventLoop,
  waitFor,
} from "yieldfrom";
import { failureOf, virtual } from "./helpers.ts";

/** Why each task of the name was cancelled, as its coroutine learns it. */
class Witness {
  readonly reasons: (readonly string[])[] = [];

  *wait(on: Awaitable<unknown> = sleep(100_000)): Coroutine<void> {
    try {
      yield* on;
    } catch (error) {
      if (error instanceof CancelledError) this.reasons.push(error.reasons);
      throw error;
    }
  }
}

function named<T>(name: string, coro: Coroutine<T>): Task<T> {
  return createTask(coro, { name });
}

test("a cancel() names the task that called it, or none", () => {
  virtual(function* () {
    const witness = new Witness();
    const first = createTask(witness.wait());
    const second = createTask(witness.wait());
    yield* sleep(1);
    yield* named(
      "killer",
      (function* () {
        first.cancel();
      })(),
    );
    getRunningLoop().callSoon(() => second.cancel());
    yield* sleep(1);
    assert.deepEqual(witness.reasons, [["cancel() in 'killer'"], ["cancel() outside of tasks"]]);
  });
});

test("the reason goes down a chain of tasks and gathers, and comes up with the error", () => {
  virtual(function* () {
    const inner = new Witness();
    const outer = new Witness();
    const task = named("outer", outer.wait(gather([createTask(inner.wait())])));
    yield* sleep(1);
    yield* named(
      "killer",
      (function* () {
        task.cancel();
      })(),
    );
    const error = (yield* failureOf(task)) as CancelledError;
    assert.deepEqual(inner.reasons, [["cancel() in 'killer'"]]);
    assert.deepEqual(outer.reasons, [["cancel() in 'killer'"]]);
    assert.deepEqual(error.reasons, ["cancel() in 'killer'"]);
  });
});

test("a task that cancels itself, before its first step or while it runs", () => {
  virtual(function* () {
    const task = named("unborn", sleep(1) as never);
    task.cancel();
    const error = (yield* failureOf(task)) as CancelledError;
    assert.match(error.reasons[0]!, /^cancel\(\) in 'Task-\d+'$/);
    const witness = new Witness();
    const own = named(
      "own",
      (function* (): Coroutine<void> {
        currentTask()!.cancel("enough");
        yield* witness.wait();
      })(),
    );
    yield* failureOf(own);
    assert.deepEqual(witness.reasons, [["cancel() in 'own'"]]);
  });
});

test("a timeout says how long it was; one that was moved, and a timeoutAt, when it was due", () => {
  virtual(function* () {
    const witness = new Witness();
    yield* failureOf(timeout(50, () => witness.wait()));
    yield* failureOf(timeoutAt(80, () => witness.wait()));
    yield* failureOf(
      timeout(50, (scope) => {
        scope.reschedule(99);
        return witness.wait();
      }),
    );
    yield* failureOf(waitFor(witness.wait(), 7));
    assert.deepEqual(witness.reasons, [
      ["timeout of 50 ms"],
      ["deadline at 80 ms"],
      ["deadline at 99 ms"],
      ["timeout of 7 ms"],
    ]);
  });
});

test("the whole story of a timeout around a group", () => {
  virtual(function* () {
    const witness = new Witness();
    const error = yield* named(
      "main",
      (function* () {
        return yield* failureOf(
          timeout(50, () =>
            taskGroup(function* (group) {
              group.createTask(witness.wait());
              yield* sleep(100_000);
            }),
          ),
        );
      })(),
    );
    assert.equal((error as Error).name, "TimeoutError");
    assert.deepEqual(witness.reasons, [["task group of 'main', whose body was cancelled", "timeout of 50 ms"]]);
  });
});

test("in a group whose task failed, the others and the body learn which", () => {
  virtual(function* () {
    const [body, other] = [new Witness(), new Witness()];
    yield* named(
      "main",
      (function* () {
        yield* failureOf(
          taskGroup(function* (group) {
            group.createTask(other.wait());
            group.createTask(
              (function* () {
                yield* sleep(1);
                throw new Error("broken");
              })(),
              { name: "culprit" },
            );
            yield* body.wait();
          }),
        );
      })(),
    );
    const reason = `task group of 'main', whose 'culprit' failed with Error("broken")`;
    assert.deepEqual([other.reasons, body.reasons], [[[reason]], [[reason]]]);
  });
});

test("in a group whose body failed, or was cancelled while it waited for its tasks", () => {
  virtual(function* () {
    const witness = new Witness();
    yield* named(
      "main",
      (function* () {
        yield* failureOf(
          taskGroup(function* (group) {
            group.createTask(witness.wait());
            yield* sleep(0);
            throw new TypeError("bad");
          }),
        );
      })(),
    );
    assert.deepEqual(witness.reasons.pop(), [`task group of 'main', whose body failed with TypeError("bad")`]);
    const main = named(
      "main",
      (function* () {
        yield* taskGroup(function* (group) {
          group.createTask(witness.wait());
          yield* sleep(0);
        });
      })(),
    );
    yield* sleep(1);
    getRunningLoop().callSoon(() => main.cancel());
    yield* failureOf(main);
    assert.deepEqual(witness.reasons.pop(), [
      "task group of 'main', whose body was cancelled",
      "cancel() outside of tasks",
    ]);
  });
});

test("the end of run(), and an AbortSignal", async () => {
  const witness = new Witness();
  await run(function* () {
    createTask(witness.wait());
    yield* sleep(0);
  });
  const controller = new AbortController();
  const running = run(() => witness.wait(), { signal: controller.signal });
  setImmediate(() => controller.abort(new Error("gone")));
  await assert.rejects(running, { message: "gone" });
  assert.deepEqual(witness.reasons, [["the end of run()"], ["the AbortSignal given to run()"]]);
});

test("debug mode adds where", () => {
  const loop = new VirtualEventLoop();
  loop.debug = true;
  const witness = new Witness();
  loop.runUntilComplete(
    (function* () {
      yield* failureOf(timeout(50, () => witness.wait()));
      const task = createTask(witness.wait());
      yield* sleep(1);
      task.cancel();
      yield* failureOf(task);
    })(),
  );
  loop.close();
  assert.match(witness.reasons[0]![0]!, /^timeout of 50 ms at .*reasons\.test\.ts:\d+$/);
  assert.match(witness.reasons[1]![0]!, /^cancel\(\) in 'Task-\d+' at .*reasons\.test\.ts:\d+$/);
});

test("a CancelledError is printed with its reasons; one made by hand has none", () => {
  virtual(function* () {
    const future = new Future();
    getRunningLoop().callSoon(() => future.cancel("enough"));
    const error = yield* failureOf(future);
    assert.equal(inspect(error), "CancelledError: enough\n    cancelled by cancel() outside of tasks");
  });
  const own = new CancelledError("mine");
  assert.deepEqual(own.reasons, []);
  assert.match(inspect(own), /^CancelledError: mine\n {4}at /);
});
