import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { CancelledError, createTask, InvalidStateError, RuntimeError, run, sleep } from "yieldfrom";
import { Future } from "../src/future.ts";

describe("the states of a Future", () => {
  test("PENDING, RUNNING, FINISHED with a result", () => {
    const future = new Future<number>();
    assert.deepEqual(
      [future.state, future.running(), future.done(), future.cancelled()],
      ["PENDING", false, false, false],
    );
    assert.equal(future.setRunningOrNotifyCancel(), true);
    assert.deepEqual(
      [future.state, future.running(), future.done(), future.cancelled()],
      ["RUNNING", true, false, false],
    );
    assert.equal(future.cancel(), false);
    future.setResult(5);
    assert.deepEqual(
      [future.state, future.running(), future.done(), future.cancelled()],
      ["FINISHED", false, true, false],
    );
    assert.equal(future.cancel(), false);
    assert.deepEqual([future.result(), future.exception()], [5, null]);
  });

  test("FINISHED with an exception", () => {
    const error = new Error("no");
    const future = new Future<number>();
    future.setException(error);
    assert.throws(() => future.result(), error);
    assert.equal(future.exception(), error);
  });

  test("CANCELLED, then CANCELLED_AND_NOTIFIED", () => {
    const future = new Future<number>("job");
    assert.deepEqual([future.cancel(), future.cancel()], [true, true]);
    assert.deepEqual([future.state, future.done(), future.cancelled()], ["CANCELLED", true, true]);
    assert.equal(future.setRunningOrNotifyCancel(), false);
    assert.deepEqual([future.state, future.done(), future.cancelled()], ["CANCELLED_AND_NOTIFIED", true, true]);
    assert.equal(future.cancel(), true);
    assert.throws(() => future.result(), CancelledError);
    assert.throws(() => future.exception(), /^CancelledError: job was cancelled\./);
  });

  test("asking too early does not wait, and says how to", () => {
    const future = new Future<number>("job");
    const advice = "It does not wait. Write `await future`, or `yield* future` in a coroutine.";
    assert.throws(
      () => future.result(),
      new InvalidStateError(`result() was asked of <Future pending name='job'>, which is not done. ${advice}`),
    );
    future.setRunningOrNotifyCancel();
    assert.throws(
      () => future.exception(),
      /^InvalidStateError: exception\(\) was asked of <Future running name='job'>/,
    );
  });

  test("it settles once and starts once", () => {
    const future = new Future<number>("job");
    future.setResult(1);
    assert.throws(() => future.setResult(2), InvalidStateError);
    assert.throws(() => future.setException(new Error("late")), InvalidStateError);
    assert.throws(() => future.setRunningOrNotifyCancel(), RuntimeError);
    assert.equal(future.result(), 1);
    const cancelled = new Future<number>();
    cancelled.cancel();
    assert.throws(() => cancelled.setResult(2), InvalidStateError);
  });

  test("null and undefined are no exceptions", () => {
    const future = new Future<number>("job");
    assert.throws(() => future.setException(null as never), TypeError);
    assert.throws(() => future.setException(undefined as never), TypeError);
    assert.equal(future.done(), false);
  });

  test("it prints its state and name", () => {
    assert.equal(inspect(new Future("job")), "<Future pending name='job'>");
    const cancelled = new Future();
    cancelled.cancel();
    assert.equal(inspect(cancelled), "<Future cancelled>");
  });
});

describe("done callbacks of a Future", () => {
  test("run at once and in order, within setResult, setException and cancel", () => {
    for (const settle of [
      (future: Future<number>) => future.setResult(1),
      (future: Future<number>) => void future.cancel(),
    ]) {
      const future = new Future<number>();
      const seen: string[] = [];
      future.addDoneCallback((done) => seen.push(`a ${done === future} ${done.done()}`));
      future.addDoneCallback(() => seen.push("b"));
      settle(future);
      future.addDoneCallback(() => seen.push("c"));
      assert.deepEqual(seen, ["a true true", "b", "c"]);
    }
  });

  test("one that throws is printed by name and stops none of the others", (t) => {
    const print = t.mock.method(console, "error", () => {});
    const future = new Future<number>("job");
    const error = new Error("oops");
    const seen: string[] = [];
    future.addDoneCallback(function tellEveryone() {
      throw error;
    });
    future.addDoneCallback(() => seen.push("next"));
    future.setResult(1);
    assert.deepEqual(seen, ["next"]);
    assert.deepEqual(print.mock.calls[0]?.arguments, [
      "Done callback tellEveryone of <Future finished name='job'> threw:\n",
      error,
    ]);
  });
});

describe("waiting for a Future", () => {
  test("await gives the result, the error, or CancelledError", async () => {
    const [good, bad, cancelled] = [new Future<number>(), new Future<number>(), new Future<number>()];
    const outcomes = Promise.allSettled([good, bad, cancelled]);
    const error = new Error("no");
    good.setResult(1);
    bad.setException(error);
    cancelled.cancel();
    const [first, second, third] = await outcomes;
    assert.deepEqual(first, { status: "fulfilled", value: 1 });
    assert.deepEqual(second, { status: "rejected", reason: error });
    assert.ok(third.status === "rejected" && third.reason instanceof CancelledError);
    assert.equal(await good.then((value) => value + 1), 2);
  });

  test("yield* waits on the running loop", async () => {
    const future = new Future<number>();
    const failed = new Future<number>();
    const value = await run(function* () {
      setImmediate(() => future.setResult(1));
      const first = yield* future;
      failed.setException(new RangeError("no"));
      try {
        yield* failed;
      } catch (error) {
        assert.ok(error instanceof RangeError);
        return first;
      }
      return 0;
    });
    assert.equal(value, 1);
  });

  test("a coroutine cancelled while it waits cancels a pending job, and not a running one", async () => {
    const pending = new Future<number>();
    const running = new Future<number>();
    running.setRunningOrNotifyCancel();
    await run(function* () {
      for (const future of [pending, running]) {
        const task = createTask(
          (function* () {
            yield* future;
          })(),
        );
        yield* sleep(0);
        task.cancel();
        yield* sleep(0);
        yield* sleep(0);
        assert.equal(task.cancelled(), true);
      }
    });
    assert.equal(pending.cancelled(), true);
    assert.equal(running.running(), true);
    running.setResult(1);
    assert.equal(running.result(), 1);
  });
});

describe("an error that nobody asks for", () => {
  test("is reported when its Future is collected, one that was asked for is not", () => {
    const program = `
      import { Future } from ${JSON.stringify(new URL("../src/future.ts", import.meta.url).href)};
      const lines = [];
      console.error = (...args) => lines.push(args.join(""));
      function fail(name, ask) {
        const future = new Future(name);
        future.setException(new Error("lost"));
        ask(future);
      }
      fail("forgotten", () => {});
      fail("forgotten with a callback", (future) => future.addDoneCallback(() => {}));
      fail("asked", (future) => future.exception());
      fail("awaited", (future) => future.then(undefined, () => {}));
      fail("asked for its result", (future) => { try { future.result(); } catch {} });
      for (let turn = 0; turn < 5; turn++) { await new Promise((resolve) => setTimeout(resolve, 1)); gc(); }
      console.log(lines.sort().join("\\n"));`;
    const flags = ["--expose-gc", "--input-type=module", "-e", program];
    assert.deepEqual(execFileSync(process.execPath, flags, { encoding: "utf8" }).trim().split("\n"), [
      "exception was never retrieved: forgotten",
      "Error: lost",
      "exception was never retrieved: forgotten with a callback",
      "Error: lost",
    ]);
  });
});
