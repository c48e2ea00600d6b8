import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asCompleted,
  BREAK,
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  Event,
  type ExceptionContext,
  Future,
  forEach,
  getRunningLoop,
  sleep,
  TimeoutError,
  timeout,
} from "yieldfrom";
import { failureOf, reportsOf, virtual } from "../helpers.ts";
import { HandSource } from "./hand-source.ts";

const broken = new Error("broken");
const other = new Error("other");

/** Nothing is left in the loop's set of open iterators. */
function noneOpen(): void {
  assert.equal(getRunningLoop()._openIterators.size, 0);
}

function exceptions(reports: readonly ExceptionContext[]): unknown[] {
  return reports.map(({ exception }) => exception);
}

test("each item is waited for, and what the body returns", () =>
  virtual(function* () {
    const source = new HandSource(3);
    const seen: unknown[] = [];
    yield* forEach(source, function* (item, index) {
      seen.push([item, index, getRunningLoop().time()]);
      assert.equal(getRunningLoop()._openIterators.size, 1);
      yield* sleep(10);
    });
    assert.deepEqual(seen, [
      [0, 0, 1],
      [1, 1, 12],
      [2, 2, 23],
    ]);
    assert.deepEqual(source.log, ["next", "next", "next", "next"]);
    noneOpen();
  }));

test("the body may be a plain function, a coroutine() or return any awaitable", () =>
  virtual(function* () {
    const seen: unknown[] = [];
    yield* forEach(new HandSource(2), (item) => seen.push(item));
    yield* forEach(
      new HandSource(2),
      coroutine(function* (item: number) {
        seen.push(yield* sleep(1, item + 10));
      }),
    );
    yield* forEach(new HandSource(2), (item) => createTask(sleep(5, item)));
    assert.deepEqual(seen, [0, 1, 10, 11]);
    assert.equal(getRunningLoop().time(), 3 + 5 + 13);
  }));

test("an Iterable is gone through without waiting", () =>
  virtual(function* () {
    const seen: unknown[] = [];
    yield* forEach("ab", (item, index) => seen.push(item, index));
    yield* forEach(new Map([[1, 2]]), ([key, value]) => seen.push(key, value));
    yield* forEach([5], function* (item) {
      seen.push(yield* sleep(1, item));
    });
    yield* forEach(asCompleted([sleep(2, "late"), sleep(1, "early")]), function* (next) {
      seen.push(yield* next);
    });
    assert.deepEqual(seen, ["a", 0, "b", 1, 1, 2, 5, "early", "late"]);
    noneOpen();
  }));

for (const how of ["at once", "after a wait"] as const) {
  test(`BREAK, ${how}, ends it and closes the source`, () =>
    virtual(function* () {
      const source = new HandSource(9);
      const seen: number[] = [];
      yield* forEach(source, (item) => {
        seen.push(item);
        if (item < 1) return undefined;
        return how === "at once" ? BREAK : sleep(1, BREAK);
      });
      assert.deepEqual(seen, [0, 1]);
      assert.deepEqual(source.log, ["next", "next", "return", "closed"]);
      let closed = 0;
      const plain = {
        [Symbol.iterator]: () => ({
          next: () => ({ done: false, value: 1 }),
          return: () => ({ done: true as const, value: closed++ }),
        }),
      };
      yield* forEach(plain, () => (how === "at once" ? BREAK : sleep(1, BREAK)));
      assert.equal(closed, 1);
      noneOpen();
    }));

  test(`a body that throws, ${how}: the source is closed, then the error is thrown`, () =>
    virtual(function* () {
      const source = new HandSource(9);
      const error = yield* failureOf(
        forEach(source, (item) => {
          if (how === "at once") throw broken;
          return timeout(item + 1, function* () {
            yield* sleep(0);
            throw broken;
          });
        }),
      );
      assert.equal(error, broken);
      assert.deepEqual(source.log, ["next", "return", "closed"]);
      noneOpen();
    }));
}

test("an error of return() is thrown after BREAK, and reported after an error of the body", () => {
  const source = () => Object.assign(new HandSource(9), { returnError: { error: other } });
  const plain = {
    [Symbol.iterator]: () => ({
      next: () => ({ done: false, value: 1 }),
      return() {
        throw other;
      },
    }),
  };
  const reports = reportsOf(function* () {
    for (const make of [source, () => plain]) {
      assert.equal(yield* failureOf(forEach<number, unknown>(make(), () => BREAK)), other);
      const error = yield* failureOf(
        forEach<number, unknown>(make(), () => {
          throw broken;
        }),
      );
      assert.equal(error, broken);
    }
    noneOpen();
  });
  const message = "exception while forEach() closed its source";
  assert.deepEqual(reports, [
    { message, exception: other },
    { message, exception: other },
  ]);
});

test("an error of next(), thrown or rejected, is thrown, and there is nothing to close", () =>
  virtual(function* () {
    const source = new HandSource(9);
    source.nextError = { error: broken, at: 1 };
    assert.equal(yield* failureOf(forEach(source, () => {})), broken);
    assert.deepEqual(source.log, ["next", "next"]);
    source.next = () => {
      throw other;
    };
    assert.equal(yield* failureOf(forEach(source, () => {})), other);
    assert.deepEqual(source.log, ["next", "next"]);
    noneOpen();
  }));

test("a source whose next() rejects with a CancelledError of its own is not closed as if the task was cancelled", () =>
  virtual(function* () {
    const source = new HandSource(9);
    source.nextError = { error: new CancelledError("its own"), at: 0 };
    assert.equal(String(yield* failureOf(forEach(source, () => {}))), "CancelledError: its own");
    assert.deepEqual(source.log, ["next"]);
  }));

test("cancelled while it waits for an item: return() is called and not waited for", () =>
  virtual(function* () {
    const source = new HandSource(9);
    source.takes = 5;
    const task = createTask(forEach(source, () => {}));
    yield* sleep(2);
    task.cancel("enough");
    assert.equal(String(yield* failureOf(task)), "CancelledError: enough");
    assert.equal(getRunningLoop().time(), 2);
    assert.deepEqual(source.log, ["next", "return"]);
    noneOpen();
    yield* sleep(10);
    assert.deepEqual(source.log, ["next", "return", "closed"]);
  }));

test("cancelled while it waits for an item that never comes", () =>
  virtual(function* () {
    const source = new HandSource(9);
    source.takes = Number.POSITIVE_INFINITY;
    const error = yield* failureOf(timeout(5, () => forEach(source, () => {})));
    assert.ok(error instanceof TimeoutError);
    noneOpen();
  }));

test("cancelled while it waits for an item: what next() and return() fail with later is reported", () => {
  for (const [nextError, returnError] of [
    [broken, null],
    [null, other],
    [broken, other],
    [new CancelledError(), new DOMException("aborted", "AbortError")],
  ]) {
    const reports = reportsOf(function* () {
      const source = new HandSource(9);
      source.takes = 5;
      if (nextError != null) source.nextError = { error: nextError, at: 0 };
      if (returnError != null) source.returnError = { error: returnError };
      const task = createTask(forEach(source, () => {}));
      yield* sleep(2);
      task.cancel();
      assert.ok((yield* failureOf(task)) instanceof CancelledError);
      yield* sleep(20);
    });
    const expected = [nextError, returnError].filter((error) => error === broken || error === other);
    assert.deepEqual(exceptions(reports), expected);
    for (const { message } of reports)
      assert.equal(message, "exception in an iterator whose task stopped waiting for it");
  }
});

test("cancelled when the item has just come: return() is waited for", () => {
  const outcomes = { item: ["next", "return", "closed"], end: ["next"], error: ["next"] } as const;
  for (const [outcome, log] of Object.entries(outcomes)) {
    const reports = reportsOf(function* () {
      const source = new HandSource(outcome === "end" ? 0 : 9);
      if (outcome === "error") source.nextError = { error: broken, at: 0 };
      const task = createTask(forEach(source, () => assert.fail("the body was called")));
      yield* sleep(0);
      // After the source's own timer, in the same iteration.
      getRunningLoop().callLater(1, () => task.cancel());
      assert.ok((yield* failureOf(task)) instanceof CancelledError);
      assert.deepEqual(source.log, log);
      noneOpen();
    });
    assert.deepEqual(exceptions(reports), outcome === "error" ? [broken] : [], outcome);
  }
});

test("cancelled in the body: return() is waited for", () =>
  virtual(function* () {
    const source = new HandSource(9);
    source.closing = 7;
    const task = createTask(forEach(source, () => sleep(1000)));
    yield* sleep(2);
    task.cancel("enough");
    assert.equal(String(yield* failureOf(task)), "CancelledError: enough");
    assert.equal(getRunningLoop().time(), 9);
    assert.deepEqual(source.log, ["next", "return", "closed"]);
    noneOpen();
  }));

test("a body may refuse its cancellation, and the way goes on", () =>
  virtual(function* () {
    const source = new HandSource(3);
    const seen: number[] = [];
    const task = createTask(
      forEach(source, function* (item) {
        try {
          yield* sleep(5);
        } catch {
          seen.push(-1);
        }
        seen.push(item);
      }),
    );
    yield* sleep(2);
    task.cancel();
    yield* task;
    assert.deepEqual(seen, [-1, 0, 1, 2]);
  }));

test("cancelled while the source is closed: that is thrown, and neither error is lost", () => {
  const reports = reportsOf(function* () {
    const source = new HandSource(9);
    source.closing = 7;
    source.returnError = { error: other };
    const task = createTask(
      forEach(source, () => {
        throw broken;
      }),
    );
    yield* sleep(3);
    task.cancel("enough");
    assert.equal(String(yield* failureOf(task)), "CancelledError: enough");
    noneOpen();
    yield* sleep(20);
    // A cancellation that takes the place of another one is no loss.
    const again = new HandSource(9);
    again.closing = 7;
    const twice = createTask(forEach(again, () => sleep(1000)));
    yield* sleep(2);
    twice.cancel("first");
    yield* sleep(2);
    twice.cancel("second");
    assert.equal(String(yield* failureOf(twice)), "CancelledError: second");
    yield* sleep(20);
  });
  assert.deepEqual(reports, [
    {
      message: "exception in the body of forEach(), which was cancelled while it closed its source",
      exception: broken,
    },
    { message: "exception in an iterator whose task stopped waiting for it", exception: other },
  ]);
});

test("an iterator may have no return(), and answer on the spot", () =>
  virtual(function* () {
    const bare = { [Symbol.asyncIterator]: () => ({ next: () => ({ done: false, value: 7 }) as never }) };
    const seen: unknown[] = [];
    yield* forEach(bare, (item) => {
      seen.push(item);
      return BREAK;
    });
    assert.equal(
      yield* failureOf(
        forEach(bare, () => {
          throw broken;
        }),
      ),
      broken,
    );
    assert.deepEqual(seen, [7]);
    const event = new Event();
    const task = createTask(forEach(bare, () => event.wait()));
    yield* sleep(0);
    task.cancel();
    assert.ok((yield* failureOf(task)) instanceof CancelledError);
    noneOpen();
  }));

test("what is nothing to go through is refused, and what means something else", () =>
  virtual(function* () {
    const expected =
      "TypeError: Expected `source` of forEach() to be an AsyncIterable, a ReadableStream or an Iterable, got ";
    const waits = coroutine(function* waits(): Coroutine<void> {});
    const waiting = waits();
    const sleeping = sleep(1);
    for (const [source, brief] of [
      [5, "5"],
      [null, "null"],
      [undefined, "undefined"],
      [{}, "[object Object]"],
      [new Future(), "<Future pending>"],
      [sleeping, "sleep(1)"],
    ] as const) {
      assert.equal(String(yield* failureOf(forEach(source as never, () => {}))), `${expected}${brief}`);
    }
    assert.ok(String(yield* failureOf(forEach(waiting, () => {}))).startsWith(`${expected}waits() at `));
    yield* sleeping;
    yield* waiting;
    const body = yield* failureOf(forEach([1], 5 as never));
    assert.equal(String(body), "TypeError: Expected `body` of forEach() to be a function (item, index) => …, got 5");
  }));

test("a body that returns a Promise is told what to write, and the source is closed", () =>
  virtual(function* () {
    const source = new HandSource(9);
    const error = yield* failureOf(forEach(source, (async () => {}) as never));
    assert.equal(
      String(error),
      "TypeError: the body of forEach() returned a Promise: return an awaitable, as in from(promise)",
    );
    assert.deepEqual(source.log, ["next", "return", "closed"]);
  }));
