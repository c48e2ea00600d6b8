import assert from "node:assert/strict";
import { test } from "node:test";
import { coroutine, createTask, currentTask, getRunningLoop, HostEventLoop, RuntimeError, sleep } from "yieldfrom";
import { FakeHost } from "./fake-host.ts";

function fresh(): { host: FakeHost; loop: HostEventLoop } {
  const host = new FakeHost();
  return { host, loop: new HostEventLoop(host) };
}

test("runUntilComplete gives main's result, or its error", async () => {
  const { host, loop } = fresh();
  const good = loop.runUntilComplete(sleep(5, "result"));
  assert.equal(loop.isRunning(), true);
  host.run();
  assert.equal(await good, "result");
  assert.equal(loop.isRunning(), false);
  const failure = new Error("broken");
  const bad = loop.runUntilComplete(
    (function* () {
      yield* sleep(1);
      throw failure;
    })(),
  );
  host.run();
  await assert.rejects(bad, (error) => error === failure);
  loop.close();
});

test("nothing runs within the call: the first turn is the host's to give", async () => {
  const { host, loop } = fresh();
  let ran = false;
  const done = loop.runUntilComplete(
    (function* () {
      ran = true;
      yield* sleep(0);
    })(),
  );
  assert.equal(ran, false);
  host.run();
  await done;
  loop.close();
});

test("what is left when main ends goes on in the next run", async () => {
  const { host, loop } = fresh();
  const log: string[] = [];
  const worker = loop.createTask(
    (function* () {
      for (let i = 0; i < 4; i++) {
        log.push(`step ${i}`);
        yield* sleep(i % 2);
      }
      return "worker done";
    })(),
  );
  const first = loop.runUntilComplete(sleep(0));
  host.run();
  await first;
  const before = log.length;
  host.run();
  host.work(100);
  assert.equal(log.length, before, "nothing runs between the runs");
  assert.ok(before < 4);
  const second = loop.runUntilComplete(worker);
  host.run();
  assert.equal(await second, "worker done");
  assert.deepEqual(log, ["step 0", "step 1", "step 2", "step 3"]);
  loop.close();
});

test("a future that is done already ends the run at once", async () => {
  const { host, loop } = fresh();
  const future = loop.createFuture<number>();
  future.setResult(5);
  const done = loop.runUntilComplete(future);
  host.run();
  assert.equal(await done, 5);
  loop.close();
});

test("runForever goes on until stop(), over idle times", async () => {
  const { host, loop } = fresh();
  const forever = loop.runForever();
  host.run();
  let ran = 0;
  for (let i = 0; i < 3; i++) {
    loop.callSoon(() => ran++);
    host.run();
  }
  assert.equal(ran, 3);
  assert.equal(loop.isRunning(), true);
  loop.stop();
  host.run();
  await forever;
  assert.equal(loop.isRunning(), false);
  loop.close();
});

test("stop() lets the iteration under way finish; what it scheduled waits for the next run", async () => {
  const { host, loop } = fresh();
  const log: string[] = [];
  loop.callSoon(() => {
    loop.stop();
    loop.callSoon(() => log.push("scheduled after stop"));
  });
  loop.callSoon(() => log.push("same iteration"));
  const first = loop.runForever();
  host.run();
  await first;
  assert.deepEqual([...log], ["same iteration"]);
  const second = loop.runUntilComplete(sleep(0));
  host.run();
  await second;
  assert.deepEqual(log, ["same iteration", "scheduled after stop"]);
  loop.close();
});

test("stop() half way through an iteration longer than the budget still lets it finish", async () => {
  const { host, loop } = fresh();
  let ran = 0;
  for (let i = 0; i < 1000; i++) {
    loop.callSoon(() => {
      host.work(0.1);
      ran++;
      if (i === 10) loop.stop();
    });
  }
  const done = loop.runForever();
  host.run();
  await done;
  assert.equal(ran, 1000);
  loop.close();
});

test("stop() before the run makes it one iteration", async () => {
  const { host, loop } = fresh();
  const log: number[] = [];
  loop.callSoon(() => {
    log.push(1);
    loop.callSoon(() => log.push(2));
  });
  loop.stop();
  const done = loop.runForever();
  host.run();
  await done;
  assert.deepEqual(log, [1]);
  loop.close();
});

test("stop() wakes a loop that sleeps, even for a timer far away", async () => {
  const { host, loop } = fresh();
  loop.callLater(1_000_000, assert.fail);
  const done = loop.runForever();
  host.drain();
  loop.stop();
  host.drain();
  await done;
  assert.equal(host.time, 0);
  loop.close();
});

test("a run that is stopped before main is done says so, and main can be taken up again", async () => {
  const { host, loop } = fresh();
  const body = coroutine(function* body() {
    return yield* sleep(10, "done");
  });
  const main = loop.createTask(body(), { name: "main" });
  loop.callLater(5, () => loop.stop());
  const stopped = loop.runUntilComplete(main);
  host.run();
  await assert.rejects(stopped, {
    name: "RuntimeError",
    message: /^the loop was stopped before main \(Task 'main' \(body\(\) at .*\)\) was done$/,
  });
  const again = loop.runUntilComplete(main);
  host.run();
  assert.equal(await again, "done");
  loop.close();
});

test("main's end in an earlier, stopped run does not stop a later one", async () => {
  const { host, loop } = fresh();
  const main = loop.createTask(sleep(10));
  loop.callLater(5, () => loop.stop());
  const stopped = loop.runUntilComplete(main);
  host.run();
  await assert.rejects(stopped, RuntimeError);
  const later = loop.runUntilComplete(sleep(100, "whole"));
  host.run();
  assert.equal(await later, "whole");
  loop.close();
});

test("a loop that runs can't be run again", async () => {
  const { host, loop } = fresh();
  const first = loop.runUntilComplete(sleep(10, "first"));
  await assert.rejects(loop.runForever(), {
    name: "RuntimeError",
    message: "<HostEventLoop running=true closed=false> is running already; make another one with newEventLoop()",
  });
  await assert.rejects(loop.runUntilComplete(loop.createFuture()), { name: "RuntimeError" });
  host.run();
  assert.equal(await first, "first");
  loop.close();
});

test("a main that is refused because the loop runs is not started behind the caller's back", async () => {
  const { host, loop } = fresh();
  const first = loop.runUntilComplete(sleep(10));
  let ran = false;
  const refused = (function* () {
    ran = true;
    yield* sleep(0);
  })();
  await assert.rejects(loop.runUntilComplete(refused), { name: "RuntimeError" });
  host.run();
  await first;
  assert.equal(ran, false);
  loop.close();
});

test("a loop can't be closed while it runs, also from within", async () => {
  const { host, loop } = fresh();
  const message = "close() on an event loop that is running; stop() it first";
  const done = loop.runUntilComplete(
    (function* () {
      assert.throws(() => loop.close(), { name: "RuntimeError", message });
      yield* sleep(1);
    })(),
  );
  assert.throws(() => loop.close(), { name: "RuntimeError", message });
  host.run();
  await done;
  loop.close();
  loop.close();
  assert.equal(loop.isClosed(), true);
});

test("close drops what is queued, and after it everything is refused, by name", async () => {
  const { host, loop } = fresh();
  const fn = () => assert.fail("ran");
  loop.callSoon(fn);
  loop.callLater(1, fn);
  const coro = coroutine(function* refused() {
    yield* sleep(0);
  })();
  loop.close();
  host.run();
  const refused: readonly (readonly [string, () => unknown])[] = [
    ["callSoon", () => loop.callSoon(fn)],
    ["callSoon", () => loop.callSoonThreadsafe(fn)],
    ["callAt", () => loop.callLater(1, fn)],
    ["callAt", () => loop.callAt(1, fn)],
    ["createTask", () => loop.createTask(coro)],
    ["runInExecutor", () => loop.runInExecutor(null, fn as never)],
  ];
  for (const [name, call] of refused) {
    assert.throws(call, {
      name: "RuntimeError",
      message: `${name}() on an event loop that is closed; make a new one with newEventLoop() or use run()`,
    });
  }
  await assert.rejects(loop.runUntilComplete(coro), {
    name: "RuntimeError",
    message: /^runUntilComplete\(\) on an event/,
  });
  await assert.rejects(loop.runForever(), { name: "RuntimeError", message: /^run(Forever)?\(\) on an event loop/ });
  await new HostEventLoop().runUntilComplete(coro);
});

test("using closes the loop at the end of the block", () => {
  let loop: HostEventLoop;
  {
    using inner = new HostEventLoop(new FakeHost());
    loop = inner;
    assert.equal(loop.isClosed(), false);
  }
  assert.equal(loop.isClosed(), true);
});

test("printed form", () => {
  const { loop } = fresh();
  assert.equal(String(loop), "<HostEventLoop running=false closed=false>");
  loop.close();
  assert.equal(String(loop), "<HostEventLoop running=false closed=true>");
});

test("a host with nothing left to do is a deadlock: main, the pending tasks and what they wait for are named", async () => {
  const { host, loop } = fresh();
  const future = loop.createFuture();
  const helper = coroutine(function* helper() {
    yield* future;
  });
  const main = coroutine(function* main() {
    yield* createTask(helper(), { name: "helper" });
  });
  const task = loop.createTask(main(), { name: "main" });
  const done = loop.runUntilComplete(task);
  const rejected = assert.rejects(done, (error: Error) => {
    assert.equal(error.name, "DeadlockError");
    assert.equal((error as unknown as { code: string }).code, "ERR_DEADLOCK");
    assert.match(
      error.message,
      /^nothing can ever run again, and main \(Task 'main' \(main\(\) at .*\)\) is not done: no callback is ready, no timer is set, nothing is under way outside\npending tasks and what they wait for:\n {2}<Task pending name='main' coro=<main\(\) at .*> wait_for=<Task pending name='helper' .*>>\n {4}at main \(.*host-loop.test.ts:\d+:\d+\)\n {2}<Task pending name='helper' coro=<helper\(\) at .*> wait_for=<Future pending>>\n {4}at helper \(.*host-loop.test.ts:\d+:\d+\)$/,
    );
    return true;
  });
  host.runUntilIdle();
  await rejected;
  assert.equal(host.idleListeners.size, 0);
  // The loop stays usable, and so does the program on it.
  future.setResult(null);
  const again = loop.runUntilComplete(task);
  host.run();
  await again;
  loop.close();
});

test("runForever with nothing to do is a deadlock too", async () => {
  const { host, loop } = fresh();
  const rejected = assert.rejects(loop.runForever(), {
    name: "DeadlockError",
    message: /^nothing can ever run again, and the loop is not done.*\nno task is pending$/,
  });
  host.runUntilIdle();
  await rejected;
  loop.close();
});

test("a host that is idle for others, while this loop still has work or a timer, is no deadlock", async () => {
  const { host, loop } = fresh();
  const done = loop.runUntilComplete(sleep(10, "slept"));
  for (const fn of host.idleListeners) fn();
  host.drain();
  for (const fn of host.idleListeners) fn();
  host.run();
  assert.equal(await done, "slept");
  assert.equal(host.idleListeners.size, 0, "nobody listens after the run");
  loop.close();
});

test("several loops take turns in one process, each with its own running loop and task", async () => {
  const host = new FakeHost();
  const log: string[] = [];
  const runs = ["a", "b", "c"].map((name) => {
    const loop = new HostEventLoop(host);
    function* body() {
      for (let i = 0; i < 3; i++) {
        log.push(name);
        yield* sleep(i);
        assert.equal(getRunningLoop(), loop);
        assert.equal(currentTask(), main);
      }
    }
    const main = loop.createTask(body(), { name });
    return { loop, done: loop.runUntilComplete(main) };
  });
  host.run();
  for (const { loop, done } of runs) {
    await done;
    loop.close();
  }
  assert.equal(log.length, 9);
  assert.throws(() => getRunningLoop(), RuntimeError);
});

test("one loop may be run from a callback of another: neither disturbs the other", async () => {
  const host = new FakeHost();
  const [outer, inner] = [new HostEventLoop(host), new HostEventLoop(host)];
  const future = outer.createFuture<string>();
  const main = coroutine(function* main() {
    void inner.runUntilComplete(sleep(5, "inner")).then((text) => outer.callSoon(() => future.setResult(text)));
    assert.equal(getRunningLoop(), outer);
    return yield* future;
  });
  const done = outer.runUntilComplete(main());
  host.run();
  // The inner run's result comes by a Promise of the real host.
  await new Promise((resolve) => setImmediate(resolve));
  host.run();
  assert.equal(await done, "inner");
  for (const loop of [outer, inner]) loop.close();
});

test("a task that gives way alone still lets others in: what it schedules, timers that fall due, stop()", async () => {
  const { host, loop } = fresh();
  const log: string[] = [];
  const main = (function* () {
    loop.callSoon(() => log.push("soon"));
    log.push("first");
    yield* sleep(0);
    log.push("second");
    loop.callAt(loop.time(), () => log.push("due"));
    yield* sleep(0);
    log.push("third");
    yield* sleep(0);
    log.push("fourth");
    loop.stop();
    yield* sleep(0);
    log.push("after the stop");
  })();
  const done = loop.runUntilComplete(main);
  host.run();
  await assert.rejects(done, /was stopped before main/);
  // A timer that is due comes after what was ready, and that was the task.
  assert.deepEqual(log, ["first", "soon", "second", "third", "due", "fourth"]);
  loop.setExceptionHandler(() => {});
  loop.close();
});
