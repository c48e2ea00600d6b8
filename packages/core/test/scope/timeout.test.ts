import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  coroutine,
  createTask,
  DeadlockError,
  Future,
  getRunningLoop,
  RuntimeError,
  sleep,
  Timeout,
  TimeoutError,
  timeout,
  timeoutAt,
  VirtualEventLoop,
} from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

test("gives the body's value, in every form of body", () =>
  virtual(function* () {
    const named = coroutine(function* named() {
      return yield* sleep(1, "coroutine");
    });
    const future = new Future<string>();
    future.setResult("future");
    assert.equal(
      yield* timeout(5, function* () {
        return yield* sleep(1, "generator");
      }),
      "generator",
    );
    assert.equal(yield* timeout(5, () => named()), "coroutine");
    assert.equal(yield* timeout(5, () => future), "future");
    assert.equal(yield* timeout(5, () => sleep(1, "operation")), "operation");
    assert.equal(yield* timeout(null, () => sleep(1, "no limit")), "no limit");
    assert.equal(yield* timeoutAt(getRunningLoop().time() + 5, () => sleep(1, "at")), "at");
    assert.equal(yield* timeoutAt(null, () => sleep(1, "never")), "never");
    assert.equal(getRunningLoop()._timers.peek(), undefined, "no timer is left");
  }));

test("out of time: a TimeoutError that names the task and holds the cancellation", () =>
  virtual(function* () {
    const main = createTask(
      timeout(5, () => sleep(100)),
      { name: "fetcher" },
    );
    const error = yield* failureOf(main);
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /^the 5 ms given to Task 'fetcher' \(timeout\(\) at .*timeout\.ts:\d+\) ran out$/);
    assert.equal(error.name, "TimeoutError");
    assert.ok(error.cause instanceof CancelledError);
    assert.equal(main.cancelling(), 0, "its own request was taken back");
    assert.equal(getRunningLoop().time(), 5);
  }));

test("timeoutAt counts in loop time", () =>
  virtual(function* () {
    yield* sleep(7);
    assert.ok((yield* failureOf(timeoutAt(9, () => sleep(100)))) instanceof TimeoutError);
    assert.equal(getRunningLoop().time(), 9);
    assert.ok((yield* failureOf(timeoutAt(3, () => sleep(100)))) instanceof TimeoutError, "past already");
    assert.equal(getRunningLoop().time(), 9);
  }));

test("a body that never waits passes a deadline that is past", () =>
  virtual(function* () {
    function* instant() {
      return "quick";
    }
    assert.equal(yield* timeout(0, instant), "quick");
    assert.equal(yield* timeout(-1, instant), "quick");
    assert.ok((yield* failureOf(timeout(0, () => sleep(0)))) instanceof TimeoutError);
  }));

test("the body throws: its error passes and the timer is gone", () =>
  virtual(function* () {
    const error = new RangeError("own");
    const thrown = yield* failureOf(
      timeout(5, function* () {
        yield* sleep(1);
        throw error;
      }),
    );
    assert.equal(thrown, error);
    assert.equal(getRunningLoop()._timers.peek(), undefined);
  }));

test("a body that is a plain function may throw at once", () =>
  virtual(function* () {
    const thrown = yield* failureOf(
      timeout(5, () => {
        throw new RangeError("at once");
      }),
    );
    assert.match(String(thrown), /at once/);
    assert.equal(getRunningLoop()._timers.peek(), undefined);
  }));

test("the body is cancelled from outside: no timeout, the timer is gone", () =>
  virtual(function* () {
    let scope: Timeout | undefined;
    const task = createTask(
      timeout(5, function* (it) {
        scope = it;
        yield* sleep(100);
      }),
    );
    getRunningLoop().callLater(1, () => task.cancel("from outside"));
    const error = yield* failureOf(task);
    assert.ok(error instanceof CancelledError);
    assert.equal(error.message, "from outside");
    assert.equal(scope!.expired(), false);
    assert.equal(String(scope), "<Timeout finished when=5>");
    assert.equal(getRunningLoop()._timers.peek(), undefined);
  }));

test("expired and cancelled from outside as well: the cancellation goes on", () =>
  virtual(function* () {
    let scope: Timeout | undefined;
    const task = createTask(
      timeout(5, function* (it) {
        scope = it;
        yield* sleep(100);
      }),
    );
    getRunningLoop().callLater(5, () => task.cancel());
    assert.ok((yield* failureOf(task)) instanceof CancelledError);
    assert.deepEqual([scope!.expired(), task.cancelling()], [true, 1]);
  }));

test("a body that swallows the cancellation gives its value, and the scope knows it expired", () =>
  virtual(function* () {
    let scope: Timeout | undefined;
    const value = yield* timeout(5, function* (it) {
      scope = it;
      try {
        yield* sleep(100);
      } catch {
        assert.equal(it.expired(), true);
        assert.equal(String(it), "<Timeout expiring when=5>");
      }
      return "kept";
    });
    assert.equal(value, "kept");
    assert.equal(scope!.expired(), true);
    assert.equal(String(scope), "<Timeout expired when=5>");
  }));

test("a body that answers the cancellation by an error of its own throws that", () =>
  virtual(function* () {
    const error = yield* failureOf(
      timeout(5, function* () {
        try {
          yield* sleep(100);
        } catch (cause) {
          throw new RangeError("own", { cause });
        }
      }),
    );
    assert.match(String(error), /RangeError: own/);
  }));

test("cleanup in the body may wait after the deadline", () =>
  virtual(function* () {
    const error = yield* failureOf(
      timeout(5, function* () {
        try {
          yield* sleep(100);
        } finally {
          yield* sleep(7);
        }
      }),
    );
    assert.ok(error instanceof TimeoutError);
    assert.equal(getRunningLoop().time(), 12);
  }));

test("nested: the one whose time is up throws, the other one goes on", () =>
  virtual(function* () {
    const inner = yield* timeout(50, function* () {
      const error = yield* failureOf(timeout(5, () => sleep(100)));
      assert.ok(error instanceof TimeoutError);
      return yield* sleep(1, "outer goes on");
    });
    assert.equal(inner, "outer goes on");
    const log: unknown[] = [];
    const error = yield* failureOf(
      timeout(5, function* () {
        try {
          yield* timeout(50, () => sleep(100));
        } catch (thrown) {
          log.push(thrown);
          throw thrown;
        }
      }),
    );
    assert.ok(log[0] instanceof CancelledError, "to the inner one it is a cancellation from outside");
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.cause, log[0]);
  }));

test("reschedule moves the deadline, takes it away, or makes it due at once", () =>
  virtual(function* () {
    const loop = getRunningLoop();
    yield* timeout(5, function* (scope) {
      assert.equal(scope.when(), 5);
      scope.reschedule(20);
      assert.equal(scope.when(), 20);
      assert.equal(String(scope), "<Timeout active when=20>");
      yield* sleep(10);
    });
    yield* timeout(5, function* (scope) {
      scope.reschedule(null);
      assert.equal(scope.when(), null);
      assert.equal(String(scope), "<Timeout active>");
      yield* sleep(10);
    });
    const error = yield* failureOf(
      timeout(null, function* (scope) {
        scope.reschedule(loop.time());
        yield* sleep(100);
      }),
    );
    assert.ok(error instanceof TimeoutError);
    assert.equal(loop.time(), 20);
    assert.equal(loop._timers.peek(), undefined);
  }));

test("reschedule in a wrong state says which", () =>
  virtual(function* () {
    const refused = (state: string) => ({
      name: "RuntimeError",
      message: `reschedule() of a timeout that is ${state}, not active`,
    });
    const unused = new Timeout(3);
    assert.equal(String(unused), "<Timeout created when=3>");
    assert.throws(() => unused.reschedule(5), refused("created"));
    let scope: Timeout | undefined;
    yield* timeout(5, (it) => {
      scope = it;
      return sleep(1);
    });
    assert.throws(() => scope!.reschedule(5), refused("finished"));
    yield* failureOf(
      timeout(5, function* (it) {
        scope = it;
        try {
          yield* sleep(100);
        } finally {
          assert.throws(() => it.reschedule(null), refused("expiring"));
        }
      }),
    );
    assert.throws(() => scope!.reschedule(5), refused("expired"));
  }));

test("a limit of Infinity is none: what then never ends is a deadlock, and the clock stays", () => {
  const loop = new VirtualEventLoop();
  loop.setExceptionHandler(() => {});
  const endless = timeout(Number.POSITIVE_INFINITY, () => new Future());
  assert.throws(() => loop.runUntilComplete(endless), DeadlockError);
  assert.equal(loop.time(), 0);
  loop.close();
});

test("outside of a task it says so", () => {
  const loop = new VirtualEventLoop();
  let thrown: unknown;
  loop.callSoon(() => {
    try {
      timeout(5, () => sleep(1)).next();
    } catch (error) {
      thrown = error;
    }
    loop.stop();
  });
  loop.runForever();
  loop.close();
  assert.ok(thrown instanceof RuntimeError);
  assert.equal(thrown.message, "timeout() must be used inside a task");
});

test("a limit that is no number is refused by its name and as it was given", () =>
  virtual(function* () {
    for (const ms of [Number.NaN, undefined, "7"]) {
      const error = yield* failureOf(timeout(ms as number, () => sleep(1)));
      assert.match(String(error), new RegExp(`Expected \`ms\` to be .*, got ${ms}$`));
    }
    for (const when of [Number.NaN, "7"]) {
      const error = yield* failureOf(timeoutAt(when as number, () => sleep(1)));
      assert.match(String(error), new RegExp(`Expected \`when\` to be .*, got ${when}$`));
    }
  }));

test("a body that is no function, or returns no awaitable, is refused with what to write instead", () =>
  virtual(function* () {
    const coro = sleep(1);
    for (const body of [coro, undefined, () => 5, () => Promise.resolve()]) {
      const error = yield* failureOf(timeout(5, body as never));
      assert.match(String(error), /^TypeError: .*(function|awaitable)/, `for ${body}`);
    }
    yield* coro;
  }));
