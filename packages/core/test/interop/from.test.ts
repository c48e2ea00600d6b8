import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import {
  CancelledError,
  type Coroutine,
  createTask,
  type ExceptionContext,
  from,
  gather,
  HostEventLoop,
  run,
  sleep,
  TimeoutError,
  waitFor,
} from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

const failure = new Error("broken");

/** A run, and what its loop's exception handler was told. */
async function reported(main: () => Coroutine<void>): Promise<ExceptionContext[]> {
  const reports: ExceptionContext[] = [];
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, context) => reports.push(context));
  await run(main, { loop });
  return reports;
}

/** Lets the host settle its promises. */
function hostTurn() {
  return from(new Promise<void>((resolve) => setImmediate(resolve)));
}

test("a promise's value and error come out of yield*", async () => {
  await run(function* () {
    assert.equal(yield* from(Promise.resolve(5)), 5);
    assert.equal(yield* from(Promise.resolve(undefined)), undefined);
    for (const error of [failure, undefined, "text"]) {
      let thrown: unknown = "nothing";
      try {
        yield* from(Promise.reject(error));
      } catch (caught) {
        thrown = caught;
      }
      assert.equal(thrown, error);
    }
  });
});

test("types come through", async () => {
  const value: string = await run(() => from(Promise.resolve("text")));
  const made: number = await run(() => from(async () => 5));
  const plain: number = await run(() => from(() => 6));
  assert.deepEqual([value, made, plain], ["text", 5, 6]);
});

test("a function is called when the awaiting starts, once, with a signal", async () => {
  await run(function* () {
    const signals: AbortSignal[] = [];
    const operation = from(async (signal) => {
      signals.push(signal);
      return "made";
    });
    yield* sleep(0);
    assert.equal(signals.length, 0);
    assert.equal(yield* operation, "made");
    assert.equal(signals.length, 1);
    assert.ok(signals[0] instanceof AbortSignal);
    assert.equal(signals[0].aborted, false);
  });
});

test("a function may return a plain value", async () => {
  await run(function* () {
    assert.equal(yield* from(() => 42), 42);
    assert.equal(yield* from(() => null), null);
  });
});

test("a function that throws throws at the yield*", async () => {
  await run(function* () {
    let thrown: unknown;
    try {
      yield* from(() => {
        throw failure;
      });
    } catch (error) {
      thrown = error;
    }
    assert.equal(thrown, failure);
    yield* sleep(1);
  });
});

test("a promise that is rejected before anyone awaits it is no lost error", async () => {
  const reports = await reported(function* () {
    const rejected = Promise.reject(failure);
    // The host would complain of it otherwise.
    rejected.catch(() => {});
    yield* hostTurn();
    let thrown: unknown;
    try {
      yield* from(rejected);
    } catch (error) {
      thrown = error;
    }
    assert.equal(thrown, failure);
  });
  assert.deepEqual(reports, []);
});

test("cancelling aborts the signal, with the CancelledError as the reason, and does not wait for the end", async () => {
  await run(function* () {
    let signal: AbortSignal | undefined;
    const never = from((given) => {
      signal = given;
      return new Promise<never>(() => {});
    });
    const task = createTask(
      (function* () {
        yield* never;
      })(),
    );
    yield* sleep(0);
    task.cancel("enough");
    yield* sleep(0);
    assert.equal(task.cancelled(), true);
    assert.equal(signal?.aborted, true);
    assert.ok(signal.reason instanceof CancelledError);
    assert.equal(signal.reason.message, "enough");
  });
});

test("an operation that obeys by rejecting with the reason, with it as the cause, or by AbortError is not reported", async () => {
  const ways: ((signal: AbortSignal) => unknown)[] = [
    (signal) => signal.reason,
    (signal) => new Error("aborted", { cause: signal.reason }),
    () => new DOMException("aborted", "AbortError"),
  ];
  const reports = await reported(function* () {
    for (const way of ways) {
      const task = createTask(
        from(
          (signal) =>
            new Promise((_, reject) => {
              signal.addEventListener("abort", () => reject(way(signal)));
            }),
        ),
      );
      yield* sleep(0);
      task.cancel();
      yield* hostTurn();
      assert.equal(task.cancelled(), true);
    }
  });
  assert.deepEqual(reports, []);
});

test("another error that comes after the cancellation is reported, once", async () => {
  const reports = await reported(function* () {
    for (const late of [failure, undefined]) {
      let reject: (error: unknown) => void = () => {};
      const promise = new Promise((_, rejectIt) => {
        reject = rejectIt;
      });
      const task = createTask(from(() => promise));
      yield* sleep(0);
      task.cancel();
      yield* sleep(0);
      reject(late);
      yield* hostTurn();
    }
  });
  const message = "exception in an operation whose task was cancelled";
  assert.deepEqual(reports, [
    { message, exception: failure },
    { message, exception: undefined },
  ]);
});

test("a plain promise has no signal; its late error is reported too, its late value is dropped", async () => {
  const reports = await reported(function* () {
    const [bad, good] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
    const tasks = [bad, good].map(({ promise }) => createTask(from(promise)));
    yield* sleep(0);
    for (const task of tasks) task.cancel();
    yield* sleep(0);
    bad.reject(failure);
    good.resolve(5);
    yield* hostTurn();
    assert.ok(tasks.every((task) => task.cancelled()));
  });
  assert.deepEqual(
    reports.map(({ exception }) => exception),
    [failure],
  );
});

test("what comes when the loop is closed is nobody's", async () => {
  const { promise, reject } = Promise.withResolvers<number>();
  const reports = await reported(function* () {
    const task = createTask(from(promise));
    yield* sleep(0);
    task.cancel();
    yield* sleep(0);
  });
  reject(failure);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(reports, []);
});

test("cancelled before it starts, the function is never called", async () => {
  await run(function* () {
    let called = false;
    const task = createTask(
      from(() => {
        called = true;
      }),
    );
    task.cancel();
    yield* sleep(0);
    assert.deepEqual([task.cancelled(), called], [true, false]);
  });
});

test("a timeout aborts the operation", async () => {
  await run(function* () {
    let signal: AbortSignal | undefined;
    const slow = from((given) => {
      signal = given;
      return new Promise<never>(() => {});
    });
    let thrown: unknown;
    try {
      yield* waitFor(slow, 1);
    } catch (error) {
      thrown = error;
    }
    assert.ok(thrown instanceof TimeoutError);
    assert.equal(signal?.aborted, true);
  });
});

test("nothing is left on the signal, and one that was not cancelled is never aborted", async () => {
  await run(function* () {
    const signals: AbortSignal[] = [];
    const good = from(async (signal) => void signals.push(signal));
    const bad = from(async (signal) => {
      signals.push(signal);
      throw failure;
    });
    yield* good;
    try {
      yield* bad;
    } catch {}
    for (const signal of signals) {
      assert.equal(signal.aborted, false);
      assert.equal(getEventListeners(signal, "abort").length, 0);
    }
  });
});

test("a task may refuse the cancellation: the operation is aborted all the same, the task goes on", async () => {
  const result = await run(function* () {
    let aborted = false;
    const task = createTask(
      (function* () {
        try {
          yield* from((signal) => {
            signal.addEventListener("abort", () => {
              aborted = true;
            });
            return new Promise<never>(() => {});
          });
        } catch {}
        return yield* from(Promise.resolve("went on"));
      })(),
    );
    yield* sleep(0);
    task.cancel();
    const text = yield* task;
    assert.equal(aborted, true);
    return text;
  });
  assert.equal(result, "went on");
});

test("a promise may be awaited by several, an operation by one", async () => {
  await run(function* () {
    const promise = Promise.resolve("shared");
    const waiters = [0, 1, 2].map(() =>
      createTask(
        (function* () {
          return yield* from(promise);
        })(),
      ),
    );
    assert.deepEqual(yield* gather(waiters), ["shared", "shared", "shared"]);
    const operation = from(promise);
    yield* operation;
    assert.throws(() => operation[Symbol.iterator](), {
      name: "RuntimeError",
      message: "from() was awaited already; call it again for each `yield*`",
    });
  });
});

test("what is no Promise is refused by what it is, and an awaitable by what to write", () =>
  virtual(function* () {
    const refused: readonly (readonly [unknown, string])[] = [
      [null, "null"],
      [undefined, "undefined"],
      [5, "5"],
      ["text", '"text"'],
      [{}, "[object Object]"],
      [sleep(0), "sleep(0): it needs no from(), write `yield* …` before it"],
    ];
    for (const [value, got] of refused) {
      assert.throws(() => from(value as never), {
        name: "TypeError",
        message: `Expected a Promise or a function (signal) => Promise, got ${got}`,
      });
    }
    yield* sleep(0);
  }));

test("a function that returns a coroutine is told that it needs no from()", () =>
  virtual(function* () {
    assert.equal(
      String(yield* failureOf(from(() => sleep(0)))),
      "TypeError: the function given to from() returned sleep(0): it needs no from(), `yield*` it",
    );
  }));
