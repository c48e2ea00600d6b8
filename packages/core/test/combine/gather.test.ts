import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Awaitable,
  CancelledError,
  createTask,
  Future,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  sleep,
  VirtualEventLoop,
} from "yieldfrom";
import { after, failAfter, failureOf, reportsOf, virtual } from "../helpers.ts";

test("results stand in the places of their awaitables, whoever ends first", () =>
  virtual(function* () {
    assert.deepEqual(yield* gather([after(3, "a"), after(1, "b"), after(2, "c")]), ["a", "b", "c"]);
    assert.equal(getRunningLoop().time(), 3);
  }));

test("takes whatever may stand behind yield*", () =>
  virtual(function* () {
    const queue = new Queue<string>();
    queue.putNowait("item");
    const lock = new Lock();
    const future = new Future<number>();
    future.setResult(1);
    const [one, two, item, guard] = yield* gather([future, createTask(after(1, 2)), queue.get(), lock]);
    assert.deepEqual([one, two, item], [1, 2, "item"]);
    assert.equal(lock.locked(), true);
    guard[Symbol.dispose]();
  }));

test("an awaitable that stands there twice runs once and fills both places", () =>
  virtual(function* () {
    let runs = 0;
    function* once() {
      runs++;
      yield* sleep(1);
      return {};
    }
    const coro = once();
    const [first, second] = yield* gather([coro, coro]);
    assert.equal(first, second);
    assert.equal(runs, 1);
  }));

test("of nothing is done at once with an empty list", () =>
  virtual(function* () {
    const nothing = gather([]);
    assert.equal(nothing.done(), true);
    assert.deepEqual(nothing.result(), []);
  }));

test("of futures that are done is done at once", () =>
  virtual(function* () {
    const [good, bad] = [new Future<number>(), new Future<number>()];
    good.setResult(1);
    bad.setException(new Error("no"));
    assert.deepEqual(gather([good, good]).result(), [1, 1]);
    assert.match(String(gather([good, bad]).exception()), /no/);
    assert.deepEqual(gather([good, bad], { returnExceptions: true }).result(), [1, bad.exception()]);
  }));

test("the first error is thrown, the others go on, and their later errors are silent", () =>
  virtual(function* () {
    const late = createTask(failAfter(2, "late"));
    const fine = createTask(after(3, "fine"));
    const error = yield* failureOf(gather([failAfter(1, "first"), late, fine]));
    assert.match(String(error), /first/);
    assert.deepEqual([late.done(), fine.done()], [false, false]);
    yield* sleep(5);
    assert.deepEqual([late.done(), fine.result()], [true, "fine"]);
  }));

test("gathers that failed leave one callback on a child that lives on, which takes note of its error", () =>
  virtual(function* () {
    const longLived = getRunningLoop().createFuture();
    for (let i = 0; i < 5; i++) {
      assert.equal(String(yield* failureOf(gather([longLived, failAfter(1, `${i}`), longLived]))), `Error: ${i}`);
      assert.equal([longLived._waiters].flat().length, 1);
    }
    longLived.setException(new Error("late"));
    yield* sleep(1);
  }));

test("an error that nobody reads is reported once, for the gather and not for the child", () => {
  const reports = reportsOf(function* () {
    gather([failAfter(1, "unread"), failAfter(1, "later")]);
    yield* sleep(5);
  });
  assert.equal(reports.length, 1);
  assert.match(reports[0]!.message, /never retrieved/);
  assert.match(String(reports[0]!.exception), /unread/);
});

test("returnExceptions puts errors and cancellations among the results, and waits for all", () =>
  virtual(function* () {
    const stopped = new Future();
    getRunningLoop().callLater(2, () => stopped.cancel("enough"));
    const results = yield* gather([failAfter(1, "bad"), stopped, after(3, "good")], { returnExceptions: true });
    assert.match(String(results[0]), /bad/);
    assert.ok(results[1] instanceof CancelledError);
    assert.equal(results[1].message, "enough");
    assert.equal(results[2], "good");
    assert.equal(getRunningLoop().time(), 3);
  }));

test("a child's cancellation is an error like any other, and leaves the rest alone", () =>
  virtual(function* () {
    const stopped = createTask(sleep(100));
    const fine = createTask(after(2, "fine"));
    getRunningLoop().callLater(1, () => stopped.cancel());
    assert.ok((yield* failureOf(gather([stopped, fine]))) instanceof CancelledError);
    assert.equal(yield* fine, "fine");
  }));

test("cancelling it cancels the children; it ends by an error and does not count as cancelled", () =>
  virtual(function* () {
    const children = [createTask(sleep(10)), createTask(sleep(20))];
    const all = gather(children);
    yield* sleep(0);
    assert.equal(all.cancel("stop"), true);
    const error = yield* failureOf(all);
    assert.ok(error instanceof CancelledError);
    assert.equal(error.message, "stop");
    assert.equal(all.cancelled(), false);
    yield* sleep(0);
    assert.deepEqual(
      children.map((child) => child.cancelled()),
      [true, true],
    );
    assert.equal(all.cancel(), false, "it is done");
  }));

test("with returnExceptions a cancelled gather waits for every child's cleanup, then is cancelled all the same", () =>
  virtual(function* () {
    const log: string[] = [];
    function* stubborn() {
      try {
        yield* sleep(100);
      } catch {
        yield* sleep(7);
        log.push("cleaned up");
      }
    }
    const all = gather([stubborn(), sleep(100)], { returnExceptions: true });
    getRunningLoop().callLater(1, () => all.cancel());
    assert.ok((yield* failureOf(all)) instanceof CancelledError);
    assert.deepEqual(log, ["cleaned up"]);
    assert.equal(getRunningLoop().time(), 8);
  }));

test("a task cancelled while it waits for a gather takes the children with it", () =>
  virtual(function* () {
    const children = [createTask(sleep(10)), createTask(sleep(20))];
    const waiting = createTask(
      (function* () {
        yield* gather(children);
      })(),
    );
    getRunningLoop().callLater(1, () => waiting.cancel());
    assert.ok((yield* failureOf(waiting)) instanceof CancelledError);
    yield* sleep(0);
    assert.ok(children.every((child) => child.cancelled()));
  }));

test("arguments that are no list of awaitables are named", () =>
  virtual(function* () {
    const wrong = (value: unknown) => value as Awaitable<unknown>[];
    const coro = after(1, 1);
    assert.throws(() => gather(wrong(coro)), {
      name: "TypeError",
      message: "Expected a list, as in gather([a, b]), got coroutine",
    });
    assert.throws(() => gather(wrong(undefined)), /as in gather\(\[a, b\]\), got undefined/);
    assert.throws(() => gather(wrong([5])), {
      name: "TypeError",
      message: "Expected a coroutine, a Future or another awaitable, got 5",
    });
    assert.throws(() => gather(wrong([Promise.resolve()])), /wrap it, as in from\(promise\)/);
    assert.throws(() => gather(wrong(["ab"])), /got "ab"/);
  }));

test("a future of another loop is refused by name", () =>
  virtual(function* () {
    using other = new VirtualEventLoop();
    const [here, there] = [new Future(), other.createFuture()];
    assert.throws(() => gather([here, there]), {
      name: "RuntimeError",
      message: "<Future pending> belongs to another event loop than the one given",
    });
  }));

test("outside of a loop it works for futures that name theirs, and else says what is missing", () => {
  using loop = new VirtualEventLoop();
  const future = loop.createFuture<number>();
  const all = gather([future]);
  assert.equal(all.getLoop(), loop);
  future.setResult(1);
  assert.deepEqual(loop.runUntilComplete(all), [1]);
  assert.throws(() => gather([]), /gather\(\) needs an event loop and none is running: call it inside run\(main\)/);
});
