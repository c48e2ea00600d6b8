import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  type ConcurrentFuture,
  ContextVar,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  type ExceptionContext,
  Future,
  from,
  gather,
  getRunningLoop,
  HostEventLoop,
  InvalidStateError,
  run,
  runCoroutineThreadsafe,
  sleep,
  Task,
  VirtualEventLoop,
  wrapFuture,
} from "yieldfrom";
import { failureOf } from "../helpers.ts";

const broken = new Error("broken");

/** A virtual loop, what it was told of, and how to run it on for some milliseconds. */
function another() {
  const loop = new VirtualEventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  return { loop, reports, runFor: (ms: number) => loop.runUntilComplete(sleep(ms)) };
}

function* after<T>(ms: number, value: T): Coroutine<T> {
  yield* sleep(ms);
  return value;
}

function* failing(ms: number): Coroutine<never> {
  yield* sleep(ms);
  throw broken;
}

test("the coroutine runs as a task of the other loop, and its outcome is that of the future", () => {
  const { loop, reports, runFor } = another();
  const results = [after(1, "x"), sleep(1, "y"), failing(1)].map((coro) => runCoroutineThreadsafe<string>(coro, loop));
  assert.deepEqual(results.map(String).slice(0, 2), [
    "<ConcurrentFuture pending of coroutine>",
    "<ConcurrentFuture pending of sleep(1)>",
  ]);
  const order: unknown[] = [];
  for (const future of results) {
    assert.equal(future.done(), false);
    assert.throws(() => future.result(), InvalidStateError);
    assert.throws(() => future.exception(), InvalidStateError);
    future.addDoneCallback((done) => order.push(done));
  }
  runFor(5);
  const [x, y, z] = results as [ConcurrentFuture<string>, ConcurrentFuture<string>, ConcurrentFuture<string>];
  assert.deepEqual(order, results);
  assert.deepEqual([x.result(), x.exception(), x.done(), x.cancelled()], ["x", null, true, false]);
  assert.equal(y.result(), "y");
  assert.equal(z.exception(), broken);
  assert.throws(() => z.result(), broken);
  assert.equal(x.cancel(), false);
  let called = false;
  x.addDoneCallback(() => {
    called = true;
  });
  assert.equal(called, true);
  loop.close();
  assert.deepEqual(reports, []);
});

test("cancelling it succeeds while it is pending, at once, and cancels the task", () => {
  const { loop, reports, runFor } = another();
  const log: string[] = [];
  function* slow(): Coroutine<void> {
    log.push("started");
    try {
      yield* sleep(1000);
    } catch (error) {
      log.push(String(error));
      throw error;
    }
  }
  const future = runCoroutineThreadsafe(slow(), loop);
  runFor(1);
  future.addDoneCallback(() => log.push("callback"));
  assert.equal(future.cancel(), true);
  assert.deepEqual(log, ["started", "callback"]);
  assert.equal(future.cancelled(), true);
  assert.equal(future.done(), true);
  assert.equal(future.cancel(), true);
  for (const ask of [() => future.result(), () => future.exception()]) assert.throws(ask, CancelledError);
  runFor(1);
  assert.deepEqual(log, ["started", "callback", "CancelledError"]);
  loop.close();
  assert.deepEqual(reports, []);
});

test("cancelled before its loop came to it, the task makes its first step, as in asyncio", () => {
  const { loop, reports, runFor } = another();
  const log: string[] = [];
  const future = runCoroutineThreadsafe(
    (function* () {
      log.push("started");
      yield* sleep(1000);
      log.push("never");
    })(),
    loop,
  );
  future.cancel();
  runFor(1);
  assert.deepEqual(log, ["started"]);
  assert.deepEqual(loop._pendingTasks(), []);
  loop.close();
  assert.deepEqual(reports, []);
});

test("a task that is cancelled otherwise cancels the future", () => {
  const { loop, runFor } = another();
  const future = runCoroutineThreadsafe(
    (function* () {
      currentTask()!.cancel();
      yield* sleep(1);
    })(),
    loop,
  );
  runFor(1);
  assert.equal(future.cancelled(), true);
  loop.close();
});

test("an error that nobody asks for is reported when its loop is closed, one after a cancellation too", () => {
  const { loop, reports, runFor } = another();
  runCoroutineThreadsafe(failing(1), loop);
  const heard = runCoroutineThreadsafe(failing(1), loop);
  heard.addDoneCallback(() => {});
  const asked = runCoroutineThreadsafe(failing(1), loop);
  const cleaning = runCoroutineThreadsafe(
    (function* () {
      try {
        yield* sleep(1000);
      } catch {
        throw broken;
      }
    })(),
    loop,
  );
  runFor(5);
  assert.equal(asked.exception(), broken);
  cleaning.cancel();
  runFor(5);
  assert.equal(reports.length, 0);
  loop.close();
  assert.deepEqual(
    reports.map(({ message, exception }) => [message.replace(/'Task-\d+'/, "'Task'"), exception]),
    [
      ["exception was never retrieved: ConcurrentFuture of coroutine", broken],
      ["exception was never retrieved: Task 'Task' (coroutine)", broken],
    ],
  );
});

test("a callback that throws is reported, and the others are called", () => {
  const { loop, reports, runFor } = another();
  const future = runCoroutineThreadsafe(sleep(1, "x"), loop);
  const called: string[] = [];
  future.addDoneCallback(() => {
    throw broken;
  });
  future.addDoneCallback(() => called.push("second"));
  runFor(5);
  assert.deepEqual(called, ["second"]);
  assert.deepEqual(reports, [
    { message: "Exception in a done callback of <ConcurrentFuture finished of sleep(1)>", exception: broken },
  ]);
  loop.close();
});

test("what is no coroutine, and a closed loop, are refused; one that can't start fails the future", () => {
  const { loop, reports, runFor } = another();
  assert.throws(() => runCoroutineThreadsafe(5 as never, loop), {
    name: "TypeError",
    message: "Expected a coroutine, got 5",
  });
  assert.throws(() => runCoroutineThreadsafe(new Future({ loop }) as never, loop), TypeError);
  const handed = [after(1, "x"), after(1, "y")];
  loop.setTaskFactory((own, coro, options) => {
    if ((handed as unknown[]).includes(coro)) throw broken;
    return new Task(coro, { ...options, loop: own });
  });
  const [future, cancelled] = handed.map((coro) => runCoroutineThreadsafe(coro, loop));
  cancelled!.cancel();
  runFor(1);
  assert.equal(future!.exception(), broken);
  assert.deepEqual(reports, [
    { message: "ConcurrentFuture of coroutine was cancelled and could not start", exception: broken },
  ]);
  loop.close();
  assert.throws(() => runCoroutineThreadsafe(after(1, "x"), loop), /closed/);
});

test("who handed it over has no part in it any longer, and its loop may be closed first, on either side", () => {
  const { loop, reports, runFor } = another();
  const giver = another();
  const never = coroutine(function* never(): Coroutine<void> {
    yield* sleep(1000);
  });
  const future = giver.loop.runUntilComplete(
    (function* () {
      return runCoroutineThreadsafe(never(), loop);
    })(),
  );
  giver.loop.close();
  assert.equal(giver.reports.length, 0);
  runFor(1);
  loop.close();
  assert.equal(future.cancel(), true);
  assert.match(reports.map(({ message }) => message).join(), /^Task was destroyed but it is pending: [^,]*$/);
});

test("its task sees the context variables of who handed it over", () => {
  const { loop, runFor } = another();
  const variable = new ContextVar<string>("variable");
  const outer = new VirtualEventLoop();
  const future = outer.runUntilComplete(
    (function* () {
      variable.set("value");
      return runCoroutineThreadsafe(
        (function* () {
          yield* sleep(0);
          return variable.get();
        })(),
        loop,
      );
    })(),
  );
  runFor(1);
  assert.equal(future.result(), "value");
  outer.close();
  loop.close();
});

test("coroutines and async functions of anywhere may wait for it", async () => {
  const server = new HostEventLoop();
  const stop = new Future<void>({ loop: server });
  const serving = server.runUntilComplete(stop);
  const call = <T>(coro: Coroutine<T>) => runCoroutineThreadsafe(coro, server);
  assert.equal(await call(after(1, "awaited")), "awaited");
  await assert.rejects(Promise.resolve(call(failing(1))), broken);
  const cancelled = call(after(1000, "x"));
  setImmediate(() => cancelled.cancel());
  await assert.rejects(Promise.resolve(cancelled), CancelledError);
  await run(function* () {
    assert.equal(yield* call(after(1, "yielded")), "yielded");
    assert.equal(yield* failureOf(call(failing(1))), broken);
    const several = yield* gather([wrapFuture(call(after(1, 1))), wrapFuture(call(after(1, 2)))]);
    assert.deepEqual(several, [1, 2]);
    const loops = [getRunningLoop()];
    yield* call(
      (function* () {
        loops.push(getRunningLoop());
      })(),
    );
    assert.equal(loops[1], server);
    const waiting = call(after(100_000, "x"));
    const task = createTask(
      (function* () {
        yield* waiting;
      })(),
    );
    yield* sleep(1);
    task.cancel();
    assert.ok((yield* failureOf(task)) instanceof CancelledError);
    yield* sleep(1);
    assert.equal(waiting.cancelled(), true);
    yield* from(new Promise<void>((resolve) => setImmediate(resolve)));
  });
  stop.setResult();
  await serving;
  assert.deepEqual(server._pendingTasks(), []);
  server.close();
});

test("if its loop is closed first, the future fails: begun, and reported once, or not begun at all", async () => {
  for (const begun of [true, false]) {
    const { loop, reports, runFor } = another();
    const work = coroutine(after);
    const [asked, unasked] = [
      runCoroutineThreadsafe(work(1000, "x"), loop),
      runCoroutineThreadsafe(work(1000, "y"), loop),
    ];
    const promise = asked.then() as Promise<string>;
    if (begun) runFor(1);
    loop.close();
    await assert.rejects(promise, {
      name: "RuntimeError",
      message: /^<ConcurrentFuture pending of after\(\) .*> can't get done any more, as its event loop was closed$/,
    });
    assert.equal(unasked.done(), !begun);
    await assert.rejects(Promise.resolve(unasked), { name: "RuntimeError" });
    const expected = begun
      ? [/^Task was destroyed but it is pending: /, /^Task was destroyed but it is pending: /]
      : [/^exception was never retrieved: ConcurrentFuture of after\(\)/];
    assert.equal(reports.length, expected.length);
    for (const [i, { message }] of reports.entries()) assert.match(message, expected[i]!);
  }
});

test("a coroutine of another loop that waits for it hears of that", async () => {
  const { loop } = another();
  const future = runCoroutineThreadsafe(sleep(1000), loop);
  const error = await run(function* () {
    getRunningLoop().callSoon(() => loop.close());
    return yield* failureOf(future);
  });
  assert.match(String(error), /^RuntimeError: <ConcurrentFuture pending of sleep\(1000\)> can't get done any more/);
});
