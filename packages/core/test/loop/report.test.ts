import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ContextVar,
  coroutine,
  createTask,
  currentTask,
  type EventLoop,
  type ExceptionContext,
  Future,
  from,
  gather,
  getRunningLoop,
  HostEventLoop,
  sleep,
  VirtualEventLoop,
} from "yieldfrom";
import { reportsOf } from "../helpers.ts";

const failure = new Error("broken");

function* fails(): Generator<never, void> {
  throw failure;
}

const failing = coroutine(function* failing() {
  yield* sleep(0);
  throw failure;
});

test("a failed task that nobody asked is reported when the loop closes, once, with its name and coroutine", () => {
  const loop = new VirtualEventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  loop.runUntilComplete(
    (function* () {
      createTask(failing(), { name: "worker" });
      yield* sleep(1);
    })(),
  );
  assert.equal(reports.length, 0, "someone might still ask");
  loop.close();
  loop.close();
  assert.equal(reports.length, 1);
  assert.match(
    reports[0]!.message,
    /^exception was never retrieved: Task 'worker' \(failing\(\) at .*report\.test\.ts:\d+\)$/,
  );
  assert.equal(reports[0]!.exception, failure);
});

test("a failed future that nobody asked is reported when the loop closes", () => {
  const reports = reportsOf(function* () {
    new Future().setException(failure);
    yield* sleep(0);
  });
  assert.deepEqual(reports, [{ message: "exception was never retrieved: Future", exception: failure }]);
});

test("an error whose stack or message throws is an error like any other to the loop", () => {
  const errors = ["stack", "message"].map((key) =>
    Object.defineProperty(new Error("hidden"), key, {
      get() {
        throw new Error("no looking");
      },
    }),
  );
  const reports = reportsOf(function* () {
    for (const error of errors) new Future().setException(error);
    const read = new Future();
    read.setException(errors[1]);
    assert.equal(String(read), "<Future finished exception=[object that can't be shown]>");
    assert.equal(read.exception(), errors[1]);
    yield* sleep(0);
  });
  assert.deepEqual(
    reports.map(({ exception }) => exception === errors[0] || exception === errors[1]),
    [true, true],
  );
});

test("each lost error has its own report, in the order they failed", () => {
  const reports = reportsOf(function* () {
    for (const n of [1, 2, 3]) new Future().setException(new Error(String(n)));
    yield* sleep(0);
  });
  assert.deepEqual(
    reports.map(({ exception }) => (exception as Error).message),
    ["1", "2", "3"],
  );
});

/** Everything that counts as taking note of an error. */
const readers: Record<string, (task: Future<void>) => Generator<never, void> | unknown> = {
  "result()": (task) => assert.throws(() => task.result()),
  "exception()": (task) => task.exception(),
  "cancel(), though it is too late": (task) => task.cancel(),
  "then()": (task) => task.then(null, () => {}),
  "catch()": (task) => task.catch(() => {}),
};

for (const [name, read] of Object.entries(readers)) {
  test(`an error is not reported after ${name}`, () => {
    const reports = reportsOf(function* () {
      const task = createTask(failing());
      yield* sleep(1);
      read(task);
    });
    assert.deepEqual(reports, []);
  });
}

test("an error is not reported when a task awaited it, before or after the failure", () => {
  for (const delay of [0, 5]) {
    const reports = reportsOf(function* () {
      const task = createTask(failing());
      if (delay > 0) yield* sleep(delay);
      try {
        yield* task;
        assert.fail("must throw");
      } catch (error) {
        assert.equal(error, failure);
      }
    });
    assert.deepEqual(reports, [], `awaited ${delay} ms after it was made`);
  }
});

test("an error is not reported when a callback or then was first to wait and a task second", () => {
  const reports = reportsOf(function* () {
    const task = createTask(failing());
    task.addDoneCallback(() => {});
    try {
      yield* task;
    } catch {}
  });
  assert.deepEqual(reports, []);
});

test("a done callback alone does not count as reading", () => {
  const reports = reportsOf(function* () {
    createTask(failing()).addDoneCallback(() => {});
    yield* sleep(1);
  });
  assert.equal(reports.length, 1);
});

test("an error taken by gather is not reported, nor are the later ones it drops", () => {
  const reports = reportsOf(function* () {
    try {
      yield* gather([failing(), failing(), fails()]);
      assert.fail("must throw");
    } catch (error) {
      assert.equal(error, failure);
    }
    yield* sleep(1);
  });
  assert.deepEqual(reports, []);
});

test("a gather that nobody awaits is reported itself", () => {
  const reports = reportsOf(function* () {
    gather([failing(), failing()]);
    yield* sleep(1);
  });
  assert.equal(reports.length, 1);
  assert.equal(reports[0]!.exception, failure);
});

test("an error that reaches a task cancelled in the same step counts as taken", () => {
  const reports = reportsOf(function* () {
    for (const callbackFirst of [false, true]) {
      const future = new Future();
      if (callbackFirst) future.addDoneCallback(() => {});
      const task = createTask(
        (function* () {
          yield* future;
        })(),
      );
      yield* sleep(0);
      future.setException(failure);
      task.cancel();
      yield* sleep(0);
      assert.ok(task.cancelled());
    }
  });
  assert.deepEqual(reports, []);
});

test("the error of main is the caller's, and not reported as well", () => {
  const loop = new VirtualEventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  assert.throws(
    () => loop.runUntilComplete(failing()),
    (error) => error === failure,
  );
  loop.close();
  assert.deepEqual(reports, []);
});

test("a cancelled task is no lost error", () => {
  const reports = reportsOf(function* () {
    const task = createTask(sleep(1000));
    yield* sleep(0);
    task.cancel();
    yield* sleep(0);
  });
  assert.deepEqual(reports, []);
});

test("a task that is pending when its loop closes is reported by name, and what it waits for is shown", () => {
  const loop = new VirtualEventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  const waits = coroutine(function* waits() {
    yield* new Future();
  });
  loop.runUntilComplete(
    (function* () {
      createTask(waits(), { name: "stuck" });
      yield* sleep(1);
    })(),
  );
  loop.close();
  assert.equal(reports.length, 1);
  const [{ message, task }] = reports as [ExceptionContext];
  assert.match(message, /^Task was destroyed but it is pending: Task 'stuck' \(waits\(\) at .*report\.test\.ts:\d+\)$/);
  assert.match(String(task), /^<Task pending name='stuck' .* wait_for=<Future pending>>$/);
});

test("the error of a future whose waiting task never ran again is not lost with the loop", () => {
  const loop = new VirtualEventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  const future = loop.createFuture();
  loop.createTask(
    (function* () {
      yield* future;
    })(),
  );
  loop.runUntilComplete(sleep(0));
  future.setException(failure);
  loop.close();
  assert.equal(reports.filter(({ exception }) => exception === failure).length, 1);
});

test("reports reach the handler of the loop the future belongs to", async () => {
  const loops = [new HostEventLoop(), new HostEventLoop()];
  const heard: unknown[][] = [[], []];
  for (const [i, loop] of loops.entries()) {
    loop.setExceptionHandler((heardLoop, { exception }) => heard[i]!.push(heardLoop === loop, exception));
  }
  await Promise.all(
    loops.map((loop, i) =>
      loop.runUntilComplete(
        (function* () {
          getRunningLoop().createFuture().setException(i);
          yield* from(Promise.resolve());
        })(),
      ),
    ),
  );
  for (const loop of loops) loop.close();
  assert.deepEqual(heard, [
    [true, 0],
    [true, 1],
  ]);
});

test("the handler runs in the context of the task or handle that the report is about", () => {
  const user = new ContextVar("user", { default: "nobody" });
  const seen: string[] = [];
  const loop = new VirtualEventLoop();
  loop.setExceptionHandler((_, { message }) => seen.push(`${message.slice(0, 9)} ${user.get()}`));
  loop.runUntilComplete(
    (function* () {
      user.set("main");
      const task = createTask(
        (function* () {
          user.set("task");
          yield* sleep(1);
          // From within: the context is the one that runs.
          loop.callExceptionHandler({ message: "inside of", task: currentTask()! });
        })(),
      );
      loop.callSoon(() => {
        throw failure;
      });
      user.set("main, later");
      yield* task;
      loop.callExceptionHandler({ message: "about the", task });
      loop.callExceptionHandler({ message: "about the", future: new Future() });
    })(),
  );
  loop.close();
  assert.deepEqual(seen, ["Exception main", "inside of task", "about the task", "about the main, later"]);
});

test("a handler that closes the loop again, or makes a task, while it is closed is told so", (t) => {
  const printed: unknown[] = [];
  t.mock.method(console, "error", (...parts: unknown[]) => printed.push(...parts));
  for (const act of [(loop: EventLoop) => loop.close(), (loop: EventLoop) => void loop.createTask(fails())]) {
    const loop = new VirtualEventLoop();
    const messages: string[] = [];
    loop.createTask(sleep(1), { name: "left" });
    loop.setExceptionHandler((_, { message }) => {
      messages.push(message);
      assert.ok(messages.length < 5, "it goes on for ever");
      act(loop);
    });
    loop.close();
    assert.match(messages[0]!, /^Task was destroyed but it is pending: Task 'left'/);
  }
  const text = printed.map(String).join("\n");
  assert.match(text, /RuntimeError: createTask\(\) on an event loop that is closed/);
  assert.equal(text.includes("it goes on for ever"), false);
});
