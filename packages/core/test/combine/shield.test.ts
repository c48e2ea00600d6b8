import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelledError, createTask, Future, getRunningLoop, shield, sleep } from "yieldfrom";
import { after, failAfter, failureOf, reportsOf, virtual } from "../helpers.ts";

test("hands the inner result or error on", () =>
  virtual(function* () {
    assert.equal(yield* shield(after(1, "x")), "x");
    assert.equal(yield* shield(sleep(1, "operation")), "operation");
    assert.match(String(yield* failureOf(shield(failAfter(1, "bad")))), /bad/);
  }));

test("a future that is done is given back itself", () =>
  virtual(function* () {
    const done = new Future<number>();
    done.setResult(1);
    assert.equal(shield(done), done);
  }));

test("cancelling whoever waits leaves the inner task running", () =>
  virtual(function* () {
    const inner = createTask(after(5, "kept"));
    const waiting = createTask(
      (function* () {
        yield* shield(inner);
      })(),
    );
    getRunningLoop().callLater(1, () => waiting.cancel("stop"));
    const error = yield* failureOf(waiting);
    assert.ok(error instanceof CancelledError);
    assert.equal(error.message, "stop");
    assert.equal(inner.cancelling(), 0);
    assert.equal(yield* inner, "kept");
  }));

test("a coroutine that was shielded and left is not lost: it runs to its end", () =>
  virtual(function* () {
    const log: string[] = [];
    function* important() {
      yield* sleep(3);
      log.push("saved");
    }
    const outer = shield(important());
    outer.cancel();
    yield* sleep(5);
    assert.deepEqual(log, ["saved"]);
  }));

test("cancelling the inner cancels the outer", () =>
  virtual(function* () {
    const inner = createTask(sleep(9));
    const outer = shield(inner);
    inner.cancel("message of the inner");
    const error = yield* failureOf(outer);
    assert.ok(error instanceof CancelledError);
    assert.equal(outer.cancelled(), true);
    assert.equal(error.message, "", "asyncio: the message is lost");
  }));

test("an inner failure after the outer was cancelled is reported once, with the inner future", () => {
  let inner: Future<unknown> | undefined;
  const reports = reportsOf(function* () {
    inner = createTask(failAfter(2, "unseen"));
    shield(inner).cancel();
    yield* sleep(5);
  });
  assert.equal(reports.length, 1);
  const [{ message, exception, future }] = reports as [(typeof reports)[0]];
  assert.equal(message, "exception in shielded future");
  assert.match(String(exception), /unseen/);
  assert.equal(future, inner);
});

test("several shields of one task, all cancelled, make one report", () => {
  const reports = reportsOf(function* () {
    const inner = createTask(failAfter(2, "unseen"));
    for (let i = 0; i < 3; i++) shield(inner).cancel();
    yield* sleep(5);
  });
  assert.equal(reports.length, 1);
});

test("an inner that ends well or is cancelled after the outer was cancelled is no matter", () =>
  virtual(function* () {
    const [fine, stopped] = [createTask(after(2, "x")), createTask(sleep(9))];
    for (const inner of [fine, stopped]) shield<unknown>(inner).cancel();
    getRunningLoop().callLater(2, () => stopped.cancel());
    yield* sleep(5);
    assert.deepEqual([fine.result(), stopped.cancelled()], ["x", true]);
  }));

test("failed and cancelled in the same iteration: the error is reported once all the same", () => {
  const reports = reportsOf(function* () {
    const inner = new Future();
    const outer = shield(inner);
    inner.setException(new Error("just now"));
    outer.cancel();
    yield* sleep(1);
  });
  assert.deepEqual(
    reports.map(({ exception }) => String(exception)),
    ["Error: just now"],
  );
});

test("an inner failure that the outer handed on is reported by nobody else", () =>
  virtual(function* () {
    const inner = createTask(failAfter(1, "told"));
    const outer = shield(inner);
    yield* failureOf(outer);
    yield* sleep(3);
  }));

test("something that is no awaitable is named", () =>
  virtual(function* () {
    assert.throws(() => shield(5 as never), /^TypeError: Expected a coroutine, a Future or another awaitable, got 5$/);
    assert.throws(() => shield(Promise.resolve() as never), /wrap it, as in from\(promise\)/);
  }));
