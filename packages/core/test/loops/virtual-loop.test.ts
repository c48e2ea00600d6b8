import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  DeadlockError,
  Future,
  from,
  gather,
  getRunningLoop,
  HostEventLoop,
  RuntimeError,
  run,
  sleep,
  VirtualEventLoop,
} from "yieldfrom";
import { virtual } from "../helpers.ts";
import { FakeHost } from "./fake-host.ts";

test("it runs to the end at once and gives the value, or throws the error", () => {
  const loop = new VirtualEventLoop();
  assert.equal(loop.runUntilComplete(sleep(1_000_000, "slept")), "slept");
  const failure = new Error("broken");
  function* fails(): Coroutine<void> {
    yield* sleep(1);
    throw failure;
  }
  assert.throws(
    () => loop.runUntilComplete(fails()),
    (error) => error === failure,
  );
  loop.close();
});

test("time jumps from timer to timer, and stands still otherwise", () => {
  const loop = new VirtualEventLoop();
  assert.equal(loop.time(), 0);
  const times: number[] = [];
  for (const ms of [0.5, 86_400_000, 20, 20]) loop.callLater(ms, () => times.push(loop.time()));
  loop.runUntilComplete(
    (function* () {
      for (let i = 0; i < 1000; i++) yield* sleep(0);
      times.push(loop.time());
      yield* sleep(100_000_000);
    })(),
  );
  assert.deepEqual(times, [0, 0.5, 20, 20, 86_400_000]);
  assert.equal(loop.time(), 100_000_000);
  loop.close();
});

test("time can start anywhere, and goes on in the next run", () => {
  const loop = new VirtualEventLoop({ start: 1000 });
  assert.equal(loop.time(), 1000);
  loop.runUntilComplete(sleep(5));
  loop.runUntilComplete(sleep(5));
  assert.equal(loop.time(), 1010);
  loop.close();
});

test("time does not go back for a timer that is overdue", () => {
  const loop = new VirtualEventLoop({ start: 100 });
  const times: number[] = [];
  loop.callAt(50, () => times.push(loop.time()));
  // Set when nothing else is ready, so that the clock is about to jump.
  loop.callLater(5, () => loop.callAt(50, () => times.push(loop.time())));
  loop.runUntilComplete(sleep(10));
  assert.deepEqual([times, loop.time()], [[100, 105], 110]);
  loop.close();
});

test("a deadlock names main and the pending tasks with what they wait for, and leaves the loop usable", () => {
  const loop = new VirtualEventLoop();
  const future = loop.createFuture<string>();
  const waits = coroutine(function* waits() {
    return yield* future;
  });
  const helper = loop.createTask(waits(), { name: "helper" });
  const main = loop.createTask(
    (function* () {
      return yield* helper;
    })(),
    { name: "main" },
  );
  assert.throws(
    () => loop.runUntilComplete(main),
    (error) => {
      assert.ok(error instanceof DeadlockError && error instanceof RuntimeError);
      assert.match(
        error.message,
        /^nothing can ever run again, and main \(Task 'main' \(coroutine\)\) is not done: .*\npending tasks and what they wait for:\n {2}<Task pending name='helper' coro=<waits\(\) at .*> wait_for=<Future pending>>\n {4}at waits \(.*virtual-loop.test.ts:78:5\)\n {2}<Task pending name='main' coro=<coroutine at .*virtual-loop\.test\.ts:83> wait_for=<Task pending name='helper' .*>>\n {4}at .*virtual-loop.test.ts:83:7$/,
      );
      return true;
    },
  );
  assert.equal(loop.isRunning(), false);
  assert.throws(() => getRunningLoop(), RuntimeError);
  assert.equal(loop.runUntilComplete(sleep(1, "usable")), "usable");
  future.setResult("released");
  assert.equal(loop.runUntilComplete(main), "released");
  loop.close();
});

test("a deadlock of a plain future says that no task is pending", () => {
  const loop = new VirtualEventLoop();
  assert.throws(() => loop.runUntilComplete(loop.createFuture()), {
    message: /main \(Future\).*\nno task is pending$/,
  });
  assert.throws(() => loop.runForever(), { name: "DeadlockError", message: /and the loop is not done/ });
  loop.close();
});

test("waiting for a Promise is a deadlock: nothing from outside can reach it", () => {
  const loop = new VirtualEventLoop();
  loop.setExceptionHandler(() => {});
  assert.throws(() => loop.runUntilComplete(from(Promise.resolve())), DeadlockError);
  loop.close();
});

test("an infinite sleep never ends", () => {
  const loop = new VirtualEventLoop();
  loop.setExceptionHandler(() => {});
  assert.throws(() => loop.runUntilComplete(sleep(Number.POSITIVE_INFINITY)), DeadlockError);
  assert.equal(loop.time(), 0);
  loop.close();
});

test("a cancelled timer does not move the clock", () => {
  const loop = new VirtualEventLoop();
  loop.callLater(50, assert.fail).cancel();
  assert.throws(() => loop.runForever(), DeadlockError);
  assert.equal(loop.time(), 0);
  loop.close();
});

test("runForever ends by stop(), after the iteration under way", () => {
  const loop = new VirtualEventLoop();
  const log: string[] = [];
  loop.callLater(5, () => {
    loop.stop();
    loop.callSoon(() => log.push("next run"));
  });
  loop.callLater(5, () => log.push("same iteration"));
  loop.runForever();
  assert.deepEqual([...log], ["same iteration"]);
  loop.stop();
  loop.runForever();
  assert.deepEqual(log, ["same iteration", "next run"]);
  loop.close();
});

test("a run that is stopped before main is done says so", () => {
  const loop = new VirtualEventLoop();
  const main = loop.createTask(sleep(10, "done"), { name: "main" });
  loop.callLater(5, () => loop.stop());
  assert.throws(() => loop.runUntilComplete(main), {
    name: "RuntimeError",
    message: /^the loop was stopped before main \(Task 'main' .*\) was done$/,
  });
  assert.equal(loop.runUntilComplete(main), "done");
  loop.close();
});

test("it can neither be run nor closed from within", () => {
  virtual(function* () {
    const loop = getRunningLoop() as VirtualEventLoop;
    assert.throws(() => loop.runForever(), { name: "RuntimeError", message: /is running already/ });
    assert.throws(() => loop.runUntilComplete(new Future()), { name: "RuntimeError", message: /is running already/ });
    assert.throws(() => loop.close(), { name: "RuntimeError" });
    yield* sleep(1);
  });
});

test("a main that is refused because the loop runs is not started behind the caller's back", () => {
  virtual(function* () {
    let ran = false;
    function* refused(): Coroutine<void> {
      ran = true;
    }
    assert.throws(() => (getRunningLoop() as VirtualEventLoop).runUntilComplete(refused()), { name: "RuntimeError" });
    yield* sleep(1);
    assert.equal(ran, false);
  });
});

/** A run on a loop of its own, whose last step leaves a new chain of coroutine()s suspended. */
function runNested(log: string[]): string {
  const child = coroutine(function* child(i: number) {
    yield* sleep(0);
    log.push(`child ${i} in ${currentTask()?.getName()}`);
  });
  const chain = coroutine(function* chain() {
    for (let i = 0; i < 5; i++) yield* child(i);
  });
  const loop = new VirtualEventLoop({ start: 500 });
  loop.setExceptionHandler(() => {});
  const result = loop.runUntilComplete(
    (function* () {
      createTask(chain(), { name: "nested" });
      assert.equal(getRunningLoop(), loop);
      yield* sleep(0);
      return "nested result";
    })(),
  );
  loop.close();
  return result;
}

test("run inside a callback of another loop, it puts that loop back", async () => {
  const host = new FakeHost();
  const outer = new HostEventLoop(host);
  const seen: unknown[] = [];
  outer.callSoon(() => {
    seen.push(runNested([]), getRunningLoop() === outer, currentTask());
  });
  const done = outer.runUntilComplete(sleep(1));
  host.run();
  await done;
  assert.deepEqual(seen, ["nested result", true, null]);
  outer.close();
});

test("run inside a task of another loop, it puts loop and task back, also after an error or a deadlock", async () => {
  await run(function* () {
    const [loop, task] = [getRunningLoop(), currentTask()];
    const here = () => assert.deepEqual([getRunningLoop() === loop, currentTask() === task], [true, true]);
    runNested([]);
    here();
    const inner = new VirtualEventLoop();
    assert.throws(
      () =>
        inner.runUntilComplete(
          (function* () {
            throw new Error("broken");
          })(),
        ),
      { message: "broken" },
    );
    here();
    assert.throws(() => inner.runForever(), DeadlockError);
    here();
    inner.close();
    yield* sleep(0);
    here();
  });
});

test("run inside a coroutine() of another loop, it leaves that coroutine's way back alone", () => {
  const log: string[] = [];
  const inside = coroutine(function* inside() {
    const result = runNested(log);
    log.push("back");
    yield* sleep(1);
    return result;
  });
  const around = coroutine(function* around() {
    return `around ${yield* inside()}`;
  });
  assert.equal(
    virtual(() => around()),
    "around nested result",
  );
  assert.deepEqual(log, ["child 0 in nested", "back"]);
});

test("run between two waits of a deep chain, it does not disturb the chain", () => {
  const descend = coroutine(function* descend(left: number): Coroutine<number> {
    if (left > 0) return (yield* descend(left - 1)) + 1;
    yield* sleep(1);
    runNested([]);
    yield* sleep(1);
    return 0;
  });
  assert.equal(
    virtual(() => descend(500)),
    500,
  );
});

test("run at every level of a deep chain, it does not make the chain overflow the stack", () => {
  const inner = new VirtualEventLoop();
  const descend = coroutine(function* descend(left: number): Coroutine<number> {
    inner.runUntilComplete(sleep(0));
    return left > 0 ? (yield* descend(left - 1)) + 1 : 0;
  });
  assert.equal(
    virtual(() => descend(20_000)),
    20_000,
  );
  inner.close();
});

test("the same program does the same each time", () => {
  const trace = (): string[] => {
    const log: string[] = [];
    virtual(function* () {
      function* worker(n: number) {
        for (let i = 0; i < 5; i++) {
          yield* sleep((n * 7 + i * 3) % 5);
          log.push(`${getRunningLoop().time()} ${n}.${i}`);
        }
      }
      yield* gather(Array.from({ length: 6 }, (_, n) => worker(n)));
    });
    return log;
  };
  const first = trace();
  assert.equal(first.length, 30);
  for (let i = 0; i < 3; i++) assert.deepEqual(trace(), first);
});
