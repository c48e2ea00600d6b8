import assert from "node:assert/strict";
import { test } from "node:test";
import {
  any,
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  ExceptionGroup,
  eagerTaskFactory,
  Future,
  gather,
  getRunningLoop,
  race,
  shield,
  sleep,
  type Task,
  TimeoutError,
  timeout,
  VirtualEventLoop,
  wait,
} from "yieldfrom";
import { failureOf, reportsOf, virtual } from "../helpers.ts";

/** What holds for both. */
const both: Record<"race" | "any", typeof race> = { race, any };

const broken = new Error("broken");

function* after<T>(ms: number, value: T): Coroutine<T> {
  yield* sleep(ms);
  return value;
}

function* failAfter(ms: number, error: Error = broken): Coroutine<never> {
  yield* sleep(ms);
  throw error;
}

/** Sleeps for long; when cancelled it takes `ms` to clean up, and then ends as `end` does. */
function* slowToStop<T>(ms: number, log: string[], end: () => T): Coroutine<T> {
  try {
    yield* sleep(1000);
  } catch {
    yield* sleep(ms);
    log.push("cleaned");
    return end();
  }
  assert.fail("it was not cancelled");
}

function cancelled(): never {
  throw new CancelledError();
}

for (const [name, combine] of Object.entries(both)) {
  test(`${name} gives the first result, and the others are cancelled and waited for`, () =>
    virtual(function* () {
      const log: string[] = [];
      const loser = createTask(slowToStop(5, log, cancelled));
      assert.equal(yield* combine([loser, after(3, "first"), after(4, "second")]), "first");
      assert.deepEqual(log, ["cleaned"]);
      assert.equal(loser.cancelled(), true);
      assert.equal(getRunningLoop().time(), 8);
    }));

  test(`${name} takes futures, tasks, coroutines, operations and what is done already`, () =>
    virtual(function* () {
      const done = new Future<string>();
      done.setResult("done");
      const wrapped = coroutine(after);
      assert.equal(yield* combine([sleep(1, "slept"), done]), "done");
      assert.equal(yield* combine([sleep(1, "slept"), wrapped(2, "wrapped")]), "slept");
      assert.equal(yield* combine(new Set([createTask(after(1, "task"))])), "task");
      assert.deepEqual(yield* combine([gather([sleep(1, 1), sleep(1, 2)]), sleep(9)]), [1, 2]);
    }));

  test(`${name}: of several done in one iteration the one that was done first counts`, () =>
    virtual(function* () {
      const [a, b, c] = [new Future<string>(), new Future<string>(), new Future<string>()];
      getRunningLoop().callSoon(() => {
        c.setResult("c");
        a.setResult("a");
        b.setResult("b");
      });
      assert.equal(yield* combine([a, b, c]), "c");
      assert.equal(yield* combine([a, b, c]), "a");
    }));

  test(`${name} of a list that holds one twice starts it once`, () =>
    virtual(function* () {
      const one = after(1, "one");
      assert.equal(yield* combine([one, one]), "one");
    }));

  test(`${name}: cancelling the caller cancels all and waits for all, however often`, () =>
    virtual(function* () {
      const log: string[] = [];
      const losers: Task<unknown>[] = [];
      const caller = createTask(
        (function* () {
          losers.push(createTask(slowToStop(5, log, cancelled)), createTask(slowToStop(9, log, () => "refused")));
          yield* combine(losers);
        })(),
      );
      yield* sleep(1);
      caller.cancel("first");
      yield* sleep(6);
      assert.deepEqual(log, ["cleaned"]);
      assert.equal(caller.done(), false);
      caller.cancel("second");
      const error = yield* failureOf(caller);
      assert.equal(String(error), "CancelledError: first");
      assert.equal(getRunningLoop().time(), 10);
      assert.deepEqual(log, ["cleaned", "cleaned"]);
      assert.deepEqual(
        losers.map((task) => task.cancelling()),
        [1, 1],
      );
    }));

  test(`${name}: a cancellation while the losers clean up is thrown after them`, () =>
    virtual(function* () {
      const log: string[] = [];
      const caller = createTask(combine([after(1, "won"), slowToStop(5, log, cancelled)]));
      yield* sleep(3);
      caller.cancel("late");
      assert.equal(String(yield* failureOf(caller)), "CancelledError: late");
      assert.deepEqual(log, ["cleaned"]);
      assert.equal(getRunningLoop().time(), 6);
    }));

  test(`${name}: a cancellation that meets the decision wins`, () =>
    virtual(function* () {
      const first = new Future<string>();
      const caller = createTask(combine([first, sleep(1000)]));
      yield* sleep(0);
      first.setResult("first");
      yield* sleep(0);
      caller.cancel();
      assert.ok((yield* failureOf(caller)) instanceof CancelledError);
      assert.equal(getRunningLoop().time(), 0);
    }));

  test(`${name}: the error of a loser goes to the exception handler, once, also when the caller is cancelled`, () => {
    for (const isCancelled of [false, true]) {
      const reports = reportsOf(function* () {
        const log: string[] = [];
        const failing = slowToStop(1, log, () => {
          throw broken;
        });
        const caller = createTask(combine([after(2, "won"), failing, slowToStop(1, log, cancelled)]));
        yield* sleep(1);
        if (isCancelled) caller.cancel();
        yield* wait([caller]);
        assert.equal(caller.cancelled(), isCancelled);
      });
      assert.deepEqual(
        reports.map(({ message, exception }) => [message, exception]),
        [[`exception in an awaitable whose outcome ${name}() did not need`, broken]],
      );
      assert.equal(reports[0]!.future?.done(), true);
    }
  });

  test(`${name}: the cancellation of a loser is no error, in whatever shape it comes`, () =>
    virtual(function* () {
      assert.equal(yield* combine([after(1, "won"), gather([sleep(1000)]), shield(sleep(2)), sleep(1000)]), "won");
      yield* sleep(2);
    }));

  test(`${name} of nothing is refused, as is what is no list or no awaitable; then nothing is started`, () =>
    virtual(function* () {
      assert.equal(
        String(yield* failureOf(combine([]))),
        `RangeError: ${name}() of no awaitables would never be decided; check that the list is not empty`,
      );
      const coro = after(1, "x");
      assert.equal(
        String(yield* failureOf(combine([coro, 5 as never]))),
        `TypeError: Expected a coroutine, a Future or another awaitable in the list of ${name}(), got 5`,
      );
      assert.match(
        String(yield* failureOf(combine(coro as never))),
        /^TypeError: Expected a list, as in (race|any)\(\[a, b\]\)/,
      );
      assert.equal(yield* coro, "x");
    }));

  test(`${name}: one that can't be started stops those that were`, () =>
    virtual(function* () {
      const foreign = new Future<void>({ loop: new VirtualEventLoop() });
      const mine = new Future<void>();
      let started = false;
      const coro = (function* () {
        started = true;
      })();
      assert.match(
        String(yield* failureOf(combine([coro, mine, foreign]))),
        /^RuntimeError: .* belongs to another event loop/,
      );
      yield* sleep(1);
      assert.equal(started, false);
      assert.equal(mine.done(), false);
    }));

  test(`${name} works with eager tasks and inside of a timeout`, () =>
    virtual(function* () {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      assert.equal(yield* combine([after(1, "x"), sleep(0, "eager")]), "eager");
      getRunningLoop().setTaskFactory(null);
      const log: string[] = [];
      const error = yield* failureOf(timeout(5, () => combine([slowToStop(2, log, cancelled), sleep(1000)])));
      assert.ok(error instanceof TimeoutError);
      assert.deepEqual(log, ["cleaned"]);
      assert.equal(currentTask()!.cancelling(), 0);
    }));

  test(`${name} that was never awaited is reported, and starts nothing`, () => {
    const reports = reportsOf(function* () {
      combine([sleep(1)]);
      yield* sleep(0);
    });
    const messages = reports.map(({ message }) => message.replace(/ at \S*:\d+/, ""));
    const advice = "was never awaited: write `yield* …` before it, or give it to createTask()";
    assert.deepEqual(messages.sort(), [`${name}() ${advice}`, `sleep(1) ${advice}`]);
  });
}

test("race throws the error of the first, or its cancellation", () =>
  virtual(function* () {
    assert.equal(yield* failureOf(race([failAfter(1), after(2, "x")])), broken);
    const future = new Future<void>();
    future.cancel("by others");
    assert.equal(String(yield* failureOf(race([future, sleep(9)]))), "CancelledError: by others");
    yield* sleep(1);
  }));

test("race: the error of the first is reported if the caller was cancelled meanwhile", () => {
  const reports = reportsOf(function* () {
    const caller = createTask(race([failAfter(1), slowToStop(5, [], cancelled)]));
    yield* sleep(3);
    caller.cancel();
    assert.ok((yield* failureOf(caller)) instanceof CancelledError);
  });
  assert.deepEqual(
    reports.map(({ exception }) => exception),
    [broken],
  );
});

test("race: two errors in one iteration: one is thrown, the other is reported", () => {
  const other = new Error("other");
  const reports = reportsOf(function* () {
    assert.equal(yield* failureOf(race([failAfter(1), failAfter(1, other)])), broken);
  });
  assert.deepEqual(
    reports.map(({ exception }) => exception),
    [other],
  );
});

test("any passes over those that fail before the first result", () =>
  virtual(function* () {
    const future = new Future<void>();
    future.cancel();
    assert.equal(yield* any([failAfter(1), future, after(2, "second"), sleep(1000)]), "second");
  }));

test("any: all errors in the order of the list when there is no result", () =>
  virtual(function* () {
    const other = new Error("other");
    const future = new Future<void>();
    future.cancel("gone");
    const error = yield* failureOf(any([failAfter(2, other), future, failAfter(1)]));
    assert.ok(error instanceof ExceptionGroup);
    assert.equal(error.message, "none of any() has a result (3 sub-exceptions)");
    assert.deepEqual(error.errors.map(String), ["Error: other", "CancelledError: gone", "Error: broken"]);
    assert.equal(getRunningLoop().time(), 2);
  }));

test("any: errors that nobody will be told of are reported when the caller is cancelled", () => {
  const reports = reportsOf(function* () {
    const caller = createTask(any([failAfter(1), sleep(1000)]));
    yield* sleep(2);
    caller.cancel();
    assert.ok((yield* failureOf(caller)) instanceof CancelledError);
  });
  assert.deepEqual(
    reports.map(({ exception }) => exception),
    [broken],
  );
});
