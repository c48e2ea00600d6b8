import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  CancelledError,
  createTask,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  isFuture,
  RuntimeError,
  sleep,
  TimeoutError,
  VirtualEventLoop,
} from "yieldfrom";
import { reportsOf, virtual } from "./helpers.ts";

const failure = new Error("broken");

/** One future of each outcome, all of one loop, and the loop's clean end. */
function outcomes(): { loop: VirtualEventLoop; pending: Future; result: Future; failed: Future; cancelled: Future } {
  const loop = new VirtualEventLoop();
  loop.setExceptionHandler(() => {});
  const [pending, result, failed, cancelled] = [0, 1, 2, 3].map(() => loop.createFuture<unknown>()) as [
    Future,
    Future,
    Future,
    Future,
  ];
  result.setResult(42);
  failed.setException(failure);
  cancelled.cancel("enough");
  return { loop, pending, result, failed, cancelled };
}

test("done() and cancelled() tell the four states apart", () => {
  const { pending, result, failed, cancelled } = outcomes();
  const states = [pending, result, failed, cancelled].map((future) => [future.done(), future.cancelled()]);
  assert.deepEqual(states, [
    [false, false],
    [true, false],
    [true, false],
    [true, true],
  ]);
});

test("result() gives the result, throws the error, or says that it is too early", () => {
  const { pending, result, failed, cancelled } = outcomes();
  assert.equal(result.result(), 42);
  assert.throws(
    () => failed.result(),
    (error) => error === failure,
  );
  assert.throws(() => cancelled.result(), { name: "CancelledError", message: "enough" });
  assert.throws(() => pending.result(), {
    name: "InvalidStateError",
    code: "ERR_INVALID_STATE",
    message: "result() of <Future pending> was asked for before it was done; `yield*` it to wait",
  });
});

test("exception() gives the error, null for a result, and throws while there is neither", () => {
  const { pending, result, failed, cancelled } = outcomes();
  assert.equal(result.exception(), null);
  assert.equal(failed.exception(), failure);
  assert.throws(() => cancelled.exception(), { name: "CancelledError", message: "enough" });
  assert.throws(() => pending.exception(), InvalidStateError);
});

test("an outcome can be given once only", () => {
  const { result, failed, cancelled } = outcomes();
  for (const future of [result, failed, cancelled]) {
    const before = String(future);
    assert.throws(() => future.setResult(1), InvalidStateError);
    assert.throws(() => future.setException(new Error("other")), InvalidStateError);
    assert.equal(future.cancel(), false);
    assert.equal(String(future), before);
  }
  assert.throws(() => result.setResult(1), {
    message: "setResult() of <Future finished result=42>, which is done already",
  });
});

test("a falsy or missing error is still an error", () => {
  virtual(function* () {
    const future = new Future();
    future.setException(undefined);
    assert.equal(future.cancelled(), false);
    assert.equal(future.exception(), undefined);
    let thrown: unknown = "nothing";
    try {
      yield* future;
    } catch (error) {
      thrown = error;
    }
    assert.equal(thrown, undefined);
  });
});

test("an error class is instantiated, as in Python", () => {
  const loop = new VirtualEventLoop();
  for (const kind of [TimeoutError, TypeError, DOMException]) {
    const future = loop.createFuture();
    future.setException(kind);
    assert.ok(future.exception() instanceof kind, kind.name);
  }
  loop.close();
});

test("the class Error itself is instantiated like its subclasses", () => {
  const loop = new VirtualEventLoop();
  const future = loop.createFuture();
  future.setException(Error);
  assert.ok(future.exception() instanceof Error, `got ${String(future.exception())}`);
  loop.close();
});

test("a function that is no error class is thrown as it is", () => {
  const loop = new VirtualEventLoop();
  const future = loop.createFuture();
  const odd = () => {};
  future.setException(odd);
  assert.equal(future.exception(), odd);
  loop.close();
});

test("a future set to a CancelledError is failed, not cancelled, yet cancels the task that awaits it", () => {
  virtual(function* () {
    const future = new Future();
    future.setException(new CancelledError("by hand"));
    assert.equal(future.cancelled(), false);
    const task = createTask(
      (function* () {
        yield* future;
      })(),
    );
    yield* sleep(0);
    assert.equal(task.cancelled(), true);
  });
});

test("the message of cancel() reaches everyone who asks, each with an error of his own", () => {
  const { cancelled } = outcomes();
  const errors = [0, 1].map(() => {
    try {
      cancelled.result();
    } catch (error) {
      return error;
    }
    throw new Error("must have thrown");
  });
  assert.notEqual(errors[0], errors[1]);
  for (const error of errors) assert.equal((error as Error).message, "enough");
});

test("a future without a loop to belong to says what to do", () => {
  assert.throws(() => new Future(), {
    name: "RuntimeError",
    message:
      "new Future() needs an event loop and none is running: call it inside run(main), or name the loop, as in loop.createTask(…)",
  });
});

test("a future belongs to the running loop, or to the one given", () => {
  virtual(function* () {
    const other = new VirtualEventLoop();
    assert.equal(new Future().getLoop(), getRunningLoop());
    assert.equal(new Future({ loop: other }).getLoop(), other);
    assert.equal(other.createFuture().getLoop(), other);
    other.close();
    yield* sleep(0);
  });
});

test("any number of tasks may await one future, done or not", () => {
  virtual(function* () {
    const future = new Future<number>();
    const waiters = [1, 2, 3].map((n) =>
      createTask(
        (function* () {
          return n * (yield* future);
        })(),
      ),
    );
    yield* sleep(0);
    future.setResult(10);
    assert.deepEqual(yield* gather(waiters), [10, 20, 30]);
    assert.equal(yield* future, 10);
  });
});

test("done callbacks run later, in the order added, each with the future, none twice", () => {
  virtual(function* () {
    const future = new Future<number>();
    const calls: unknown[] = [];
    const first = (done: Future<number>) => calls.push("first", done);
    future.addDoneCallback(first);
    future.addDoneCallback(() => calls.push("second"));
    future.addDoneCallback(first);
    future.setResult(1);
    assert.equal(calls.length, 0);
    yield* sleep(0);
    assert.deepEqual(calls, ["first", future, "second", "first", future]);
    future.addDoneCallback(() => calls.push("late"));
    assert.equal(calls.length, 5);
    yield* sleep(0);
    assert.equal(calls.at(-1), "late");
    yield* sleep(0);
    assert.equal(calls.length, 6);
  });
});

test("an error in a done callback goes to the handler and the others run", () => {
  let reached = false;
  const reports = reportsOf(function* () {
    const future = new Future();
    future.addDoneCallback(function explode() {
      throw failure;
    });
    future.addDoneCallback(() => {
      reached = true;
    });
    future.setResult(null);
    yield* sleep(0);
  });
  assert.ok(reached);
  assert.equal(reports.length, 1);
  assert.equal(reports[0]!.message, "Exception in callback explode()");
  assert.equal(reports[0]!.exception, failure);
  assert.ok(reports[0]!.handle);
});

test("removeDoneCallback takes every entry back and says how many there were", () => {
  virtual(function* () {
    const future = new Future<number>();
    const calls: string[] = [];
    const [a, b] = [() => calls.push("a"), () => calls.push("b")];
    assert.equal(future.removeDoneCallback(a), 0);
    future.addDoneCallback(a);
    assert.equal(future.removeDoneCallback(b), 0);
    assert.equal(future.removeDoneCallback(a), 1);
    for (const callback of [a, b, a, a]) future.addDoneCallback(callback);
    assert.equal(future.removeDoneCallback(a), 3);
    assert.equal(future.removeDoneCallback(a), 0);
    future.setResult(1);
    assert.equal(future.removeDoneCallback(b), 0, "too late once it is done");
    yield* sleep(0);
    assert.deepEqual(calls, ["b"]);
  });
});

test("removing the only callbacks leaves a waiting task in its place", () => {
  virtual(function* () {
    const future = new Future<number>();
    const callback = () => assert.fail("was removed");
    future.addDoneCallback(callback);
    const task = createTask(
      (function* () {
        return yield* future;
      })(),
    );
    yield* sleep(0);
    future.addDoneCallback(callback);
    assert.equal(future.removeDoneCallback(callback), 2);
    future.setResult(5);
    assert.equal(yield* task, 5);
  });
});

test("a done callback that is no function is refused at once", () => {
  const { pending, loop } = outcomes();
  assert.throws(() => pending.addDoneCallback("later" as never), {
    name: "TypeError",
    message: 'Expected a callback function, got "later"',
  });
  loop.close();
});

test("printed forms", () => {
  const { pending, result, failed, cancelled, loop } = outcomes();
  assert.deepEqual([pending, result, failed, cancelled].map(String), [
    "<Future pending>",
    "<Future finished result=42>",
    '<Future finished exception=Error("broken")>',
    "<Future cancelled>",
  ]);
  for (const future of [pending, failed]) {
    assert.equal(inspect(future), String(future));
    assert.equal(inspect({ future }), `{ future: ${future} }`);
  }
  assert.equal(Object.prototype.toString.call(pending), "[object Future]");
  loop.close();
});

test("results are printed in a few characters", () => {
  const loop = new VirtualEventLoop();
  const printed = (value: unknown): string => {
    const future = loop.createFuture<unknown>();
    future.setResult(value);
    return String(future).slice("<Future finished result=".length, -1);
  };
  assert.equal(printed("text"), '"text"');
  assert.equal(printed("x".repeat(100)), `"${"x".repeat(57)}..."`);
  assert.equal(printed(undefined), "undefined");
  assert.equal(printed(null), "null");
  assert.equal(printed(10n), "10");
  assert.equal(printed(Symbol("s")), "Symbol(s)");
  assert.equal(printed([1, 2]), "[2 items]");
  assert.equal(
    printed(function named() {}),
    "[function named]",
  );
  assert.equal(printed(new Map()), "[object Map]");
  assert.equal(printed(Object.create(null)), "[object Object]");
  assert.equal(printed(new TypeError("no")), 'TypeError("no")');
  assert.equal(printed(loop.createFuture()), "<Future pending>");
  loop.close();
});

test("a subclass is printed by its own name", () => {
  class Answer extends Future<number> {}
  const loop = new VirtualEventLoop();
  assert.equal(String(new Answer({ loop })), "<Answer pending>");
  loop.close();
});

test("isFuture knows futures and tasks, of another copy of the library too", () => {
  virtual(function* () {
    const task = createTask(sleep(0));
    assert.ok(isFuture(new Future()));
    assert.ok(isFuture(task));
    assert.ok(isFuture({ [Symbol.for("yieldfrom.future")]: true }));
    for (const other of [null, undefined, 1, {}, Promise.resolve(), sleep]) assert.equal(isFuture(other), false);
    yield* task;
  });
});

test("a future awaited by a task of another loop is refused, and both are named", () => {
  const other = new VirtualEventLoop();
  const foreign = other.createFuture();
  assert.throws(
    () =>
      virtual(function* () {
        yield* foreign;
      }),
    (error) =>
      error instanceof RuntimeError &&
      /^<Task pending name='Task-\d+' coro=<coroutine>> awaits <Future pending>, which belongs to a different event loop$/.test(
        error.message,
      ),
  );
  other.close();
});
