import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelledError, createTask, Future, from, HostEventLoop, run, sleep, VirtualEventLoop } from "yieldfrom";
import { FakeHost } from "./loops/fake-host.ts";

const failure = new Error("broken");

/** A loop whose handler collects what it is told; closing it is the test's last act. */
function quiet(): { loop: HostEventLoop; reports: string[] } {
  const loop = new HostEventLoop();
  const reports: string[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context.message));
  return { loop, reports };
}

test("await gives a task's result", async () => {
  const { loop, reports } = quiet();
  const task = loop.createTask(
    (function* () {
      yield* sleep(0);
      return 42;
    })(),
  );
  const done = loop.runUntilComplete(task);
  assert.equal(await task, 42);
  assert.equal(await task, 42, "also when it is done already");
  await done;
  loop.close();
  assert.deepEqual(reports, []);
});

test("await throws the very error, and it counts as read", async () => {
  const { loop, reports } = quiet();
  const future = loop.createFuture();
  const awaited = (async () => await future)();
  await loop.runUntilComplete(sleep(0));
  future.setException(failure);
  await loop.runUntilComplete(sleep(0));
  await assert.rejects(awaited, (error) => error === failure);
  loop.close();
  assert.deepEqual(reports, []);
});

test("await of a failed future counts as reading it", async () => {
  const { loop, reports } = quiet();
  const future = loop.createFuture();
  future.setException(failure);
  await assert.rejects(
    async () => await future,
    (error) => error === failure,
  );
  loop.close();
  assert.deepEqual(reports, []);
});

test("await of a cancelled one throws CancelledError with the message", async () => {
  const { loop } = quiet();
  const future = loop.createFuture();
  const awaited = (async () => await future)();
  // An async function takes hold of a thenable in a microtask.
  await null;
  future.cancel("enough");
  await loop.runUntilComplete(sleep(0));
  await assert.rejects(awaited, { name: "CancelledError", message: "enough" });
  loop.close();
});

test("then maps both outcomes and leaves out what is not given", async () => {
  const loop = new VirtualEventLoop();
  const [good, bad] = [loop.createFuture<number>(), loop.createFuture<number>()];
  const promises = [
    good.then((n) => n + 1),
    good.then(null, () => -1),
    good.then(),
    bad.then(
      () => -1,
      (error) => error,
    ),
  ] as const;
  const passedOn = bad.then((n) => n + 1);
  good.setResult(1);
  bad.setException(failure);
  loop.runUntilComplete(sleep(0));
  assert.deepEqual(await Promise.all(promises), [2, 1, 1, failure]);
  await assert.rejects(passedOn, (error) => error === failure);
  loop.close();
});

test("what a then callback throws is the new promise's, not the loop's", async () => {
  const { loop, reports } = quiet();
  const future = loop.createFuture();
  const promise = future.then(() => {
    throw failure;
  });
  future.setResult(null);
  await loop.runUntilComplete(sleep(0));
  await assert.rejects(promise, (error) => error === failure);
  loop.close();
  assert.deepEqual(reports, []);
});

test("catch and finally are a promise's", async () => {
  const loop = new VirtualEventLoop();
  const [good, bad] = [loop.createFuture<number>(), loop.createFuture<number>()];
  const calls: string[] = [];
  const promises = [
    good.catch(() => -1),
    good.finally(() => calls.push("good")),
    bad.catch((error) => error),
    bad.finally(() => calls.push("bad")).catch(() => "passed on"),
  ];
  good.setResult(1);
  bad.setException(failure);
  loop.runUntilComplete(sleep(0));
  assert.deepEqual(await Promise.all(promises), [1, 1, failure, "passed on"]);
  assert.deepEqual(calls.toSorted(), ["bad", "good"]);
  loop.close();
});

test("Promise.all, race and resolve take futures", async () => {
  const loop = new VirtualEventLoop();
  const [a, b] = [loop.createFuture<number>(), loop.createFuture<number>()];
  const all = Promise.all([a, b]);
  const race = Promise.race([a, b]);
  const one = Promise.resolve(b);
  await null;
  b.setResult(2);
  a.setResult(1);
  loop.runUntilComplete(sleep(0));
  assert.deepEqual([await all, await race, await one], [[1, 2], 2, 2]);
  loop.close();
});

test("a coroutine and an async function may wait for each other", async () => {
  const result = await run(function* () {
    const future = new Future<number>();
    const outside = (async () => (await future) + 1)();
    const task = createTask(
      (function* () {
        yield* sleep(0);
        future.setResult(1);
      })(),
    );
    const sum = yield* from(outside);
    yield* task;
    return sum;
  });
  assert.equal(result, 2);
});

test("an async function that awaits a task does not keep its cancellation from anybody else", async () => {
  const { loop, reports } = quiet();
  const task = loop.createTask(sleep(1000));
  const outside = task.then(
    () => "done",
    (error) => error,
  );
  task.cancel("stop");
  await assert.rejects(loop.runUntilComplete(task), CancelledError);
  assert.ok((await outside) instanceof CancelledError);
  loop.close();
  assert.deepEqual(reports, []);
});

test("a Promise of a future that is pending when its loop is closed is rejected", async () => {
  const loop = new VirtualEventLoop();
  const future = loop.createFuture();
  const early = future.then();
  loop.close();
  const late = future.finally(() => {});
  const expected = {
    name: "RuntimeError",
    message:
      "<Future pending> is awaited by a Promise and can't get done any more, as its event loop was closed: have it done, or cancel it, before close()",
  };
  await assert.rejects(early, expected);
  await assert.rejects(late, expected);
});

test("one that is done by then has its outcome, though the loop never came to tell", async () => {
  const { loop, reports } = quiet();
  const [good, bad, stopped] = [loop.createFuture(), loop.createFuture(), loop.createFuture()];
  const all = Promise.allSettled([good.then(), bad.then(), stopped.then()]);
  good.setResult(1);
  bad.setException(failure);
  stopped.cancel("enough");
  loop.close();
  const [first, second, third] = await all;
  assert.deepEqual(first, { status: "fulfilled", value: 1 });
  assert.deepEqual(second, { status: "rejected", reason: failure });
  assert.equal(String((third as PromiseRejectedResult).reason), "CancelledError: enough");
  assert.equal(await good, 1, "also when asked afterwards");
  assert.deepEqual(reports, [], "the error was handed out");
});

test("a loop keeps nothing of Promises that are settled", () => {
  const loop = new VirtualEventLoop();
  const futures = Array.from({ length: 5 }, () => loop.createFuture<number>());
  for (const future of futures) void future.then();
  assert.equal(loop._atClose.size, 5);
  for (const future of futures) future.setResult(1);
  loop.runUntilComplete(sleep(0));
  assert.equal(loop._atClose.size, 0);
  loop.close();
});

test("callbacks of several `then`s run in their order, also if the host has its turn in between", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  const future = loop.createFuture<void>();
  const log: string[] = [];
  future.then(() => {
    log.push("first");
    future.then(() => log.push("third"));
  });
  // A turn is over after some milliseconds, with whatever is left for the next.
  for (let i = 0; i < 100; i++) future.addDoneCallback(() => host.work(1));
  future.then(() => log.push("second"));
  const running = loop.runUntilComplete(loop.createTask(sleep(500)));
  future.setResult();
  while (log.length < 3) {
    host.turn();
    await new Promise(setImmediate);
  }
  assert.deepEqual(log, ["first", "second", "third"]);
  host.run();
  await running;
  loop.close();
});
