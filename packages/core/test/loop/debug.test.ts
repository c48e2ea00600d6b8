import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  type ExceptionContext,
  Future,
  gather,
  getRunningLoop,
  HostEventLoop,
  run,
  sleep,
  type Task,
  timeout,
  VirtualEventLoop,
  wait,
} from "yieldfrom";
import { FakeHost } from "../loops/fake-host.ts";

/** What the exception handler is told of a run of `main` in debug mode, until the loop is closed. */
function debugged(main: () => Coroutine<unknown>, debug = true): ExceptionContext[] {
  const loop = new VirtualEventLoop();
  loop.debug = debug;
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  loop.runUntilComplete(main());
  loop.close();
  return reports;
}

const swallows = coroutine(function* swallows(): Coroutine<string> {
  try {
    yield* sleep(1000);
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
  return "as if nothing had happened";
});

test("it is off by default, and has asyncio's names", () => {
  const loop = new VirtualEventLoop();
  assert.equal(loop.debug, false);
  assert.equal(loop.slowCallbackDuration, 100);
  loop.setDebug(true);
  assert.ok(loop.debug && loop.getDebug());
  loop.debug = false;
  assert.equal(loop.getDebug(), false);
  loop.close();
});

test("run() turns it on, and leaves the loop it is given as it is if it is not asked", async () => {
  const main = function* () {
    return getRunningLoop().debug;
  };
  assert.equal(await run(main), false);
  assert.equal(await run(main, { debug: true }), true);
  const loop = new HostEventLoop();
  loop.debug = true;
  assert.equal(await run(main, { loop }), true);
});

test("a callback or step that takes long is printed, with what it was and how long", () => {
  const host = new FakeHost();
  host.printed = [];
  const loop = new HostEventLoop(host);
  loop.debug = true;
  loop.callSoon(function busy() {
    host.work(150);
  });
  loop.callSoon(() => host.work(99));
  loop.createTask(
    (function* () {
      host.work(200);
      yield* sleep(0);
    })(),
    { name: "worker" },
  );
  const main = loop.runUntilComplete(loop.createTask(sleep(1)));
  host.run();
  assert.equal(host.printed.length, 2, host.printed.join("\n"));
  assert.match(
    host.printed[0]!,
    /^yieldfrom: <Handle busy\(\) created at .*debug\.test\.ts:\d+> ran for 150 ms without giving way to others \(slowCallbackDuration: 100 ms\)$/,
  );
  assert.match(host.printed[1]!, /^yieldfrom: <Task pending name='worker' .*> ran for 200 ms without/);
  loop.slowCallbackDuration = 50;
  loop.callSoon(() => host.work(99));
  host.run();
  return main.then(() => loop.close());
});

test("without it a slow callback is nobody's business", () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  loop.callSoon(() => host.work(5000));
  const main = loop.runUntilComplete(loop.createTask(sleep(1)));
  host.run();
  return main.then(() => loop.close());
});

test("printed futures, tasks and handles say where they were made", () => {
  debugged(function* () {
    assert.match(String(new Future()), /^<Future pending created at .*debug\.test\.ts:\d+>$/);
    const task = createTask(sleep(1));
    assert.match(String(task), / created at .*debug\.test\.ts:\d+>$/);
    assert.match(
      String(getRunningLoop().callLater(1, () => {})),
      /^<TimerHandle \(anonymous\) created at .*debug\.test/,
    );
    yield* task;
  });
});

test("a report carries where the task was made, and where a failing handle was scheduled", () => {
  const failure = new Error("broken");
  const reports = debugged(function* () {
    getRunningLoop().callSoon(function breaks() {
      throw failure;
    });
    createTask(
      (function* () {
        throw failure;
      })(),
      { name: "lost" },
    );
    yield* sleep(1);
  });
  assert.equal(reports.length, 2);
  assert.match(reports[0]!.handleTraceback!, /^ {4}at .*debug\.test\.ts:\d+:\d+\)?$/m);
  assert.match(reports[1]!.message, /never retrieved: Task 'lost'/);
  assert.match(reports[1]!.sourceTraceback!, /^ {4}at .*debug\.test\.ts:\d+:\d+\)?$/m);
});

test("a coroutine that was never awaited is reported with where it was made", () => {
  const forgotten = (debug: boolean) =>
    debugged(function* () {
      swallows();
      yield* sleep(1);
    }, debug)[0]!;
  assert.match(forgotten(true).sourceTraceback!, /^ {4}at .*debug\.test\.ts:\d+:\d+\)?$/m);
  assert.ok(!("sourceTraceback" in forgotten(false)));
});

test("the default handler prints these places", () => {
  const host = new FakeHost();
  host.printed = [];
  const loop = new HostEventLoop(host);
  loop.debug = true;
  loop.callSoon(() => {
    throw new Error("broken");
  });
  loop.createTask(
    (function* () {
      throw new Error("lost");
    })(),
  );
  const main = loop.runUntilComplete(loop.createTask(sleep(1)));
  host.run();
  return main.then(() => {
    loop.close();
    const [handle, task] = host.printed!;
    assert.match(
      handle!,
      /Exception in callback .*\n {2}handle: .*\nscheduled, most recent call first:\n {4}at .*debug\.test\.ts/,
    );
    assert.match(task!, /never retrieved.*\nmade, most recent call first:\n {4}at .*debug\.test\.ts/);
  });
});

test("a coroutine function is refused as a callback", () => {
  debugged(function* () {
    const loop = getRunningLoop();
    const message =
      /^call(Soon|At)\(\) takes a plain function, and swallows\(\) is a coroutine function: write createTask\(swallows\(\)\)$/;
    assert.throws(() => loop.callSoon(swallows), { name: "TypeError", message });
    assert.throws(() => loop.callLater(1, swallows), { name: "TypeError", message });
    yield* sleep(0);
  });
});

test("a swallowed cancellation is pointed out, with the line where the task waited", () => {
  const [report, ...others] = debugged(function* () {
    const task = createTask(swallows(), { name: "deaf" });
    yield* sleep(1);
    task.cancel();
    yield* task;
  });
  assert.deepEqual(others, []);
  assert.match(
    report!.message,
    /^Task 'deaf' \(swallows\(\) at .*\) swallowed its cancellation: it was cancelled while it waited in swallows \(.*debug\.test\.ts:\d+:\d+\), and returned a value\. Throw the CancelledError on when the clean-up is done, or call uncancel\(\) if it is to go on$/,
  );
  assert.equal(report!.task?.getLoop() instanceof VirtualEventLoop, true);
});

test("of tasks that wait for each other the one is pointed out that swallowed it", () => {
  const waits = coroutine(function* waits(task: Task<unknown>) {
    yield* task;
    return "all is well";
  });
  const names = (main: () => Coroutine<unknown>) =>
    debugged(main).map(({ message }) => /^Task '(\w+)'/.exec(message)?.[1]);
  const inner = names(function* () {
    const deaf = createTask(swallows(), { name: "deaf" });
    const waiting = createTask(waits(deaf), { name: "waiting" });
    yield* sleep(1);
    waiting.cancel();
    yield* waiting;
  });
  assert.deepEqual(inner, ["deaf"]);
  const outer = names(function* () {
    const obeys = createTask(sleep(1000), { name: "obeys" });
    for (const wait of [() => obeys, () => gather([createTask(sleep(1000))])]) {
      const deaf = createTask(
        (function* () {
          try {
            yield* wait();
          } catch {}
        })(),
        { name: "deaf" },
      );
      yield* sleep(1);
      deaf.cancel();
      yield* deaf;
    }
  });
  assert.deepEqual(outer, ["deaf", "deaf"]);
});

test("not without debug mode, nor when it is no swallowing", () => {
  const main = function* () {
    const task = createTask(swallows());
    yield* sleep(1);
    task.cancel();
    yield* task;
  };
  assert.deepEqual(debugged(main, false), []);
  const fine = debugged(function* () {
    const uncancels = createTask(
      (function* () {
        try {
          yield* sleep(1000);
        } catch {
          currentTask()!.uncancel();
        }
        return "goes on";
      })(),
    );
    const obeys = createTask(sleep(1000));
    const fails = createTask(
      (function* () {
        try {
          yield* sleep(1000);
        } catch {
          throw new Error("in the clean-up");
        }
      })(),
    );
    const late = createTask(
      (function* () {
        yield* sleep(1);
        currentTask()!.cancel();
        return "asked to stop in its last step";
      })(),
    );
    const timed = createTask(
      (function* () {
        try {
          yield* timeout(5, () => sleep(1000));
        } catch {
          return "a timeout is no cancellation of the task";
        }
        return "too late";
      })(),
    );
    yield* sleep(2);
    for (const task of [uncancels, obeys, fails]) task.cancel();
    yield* wait([uncancels, obeys, fails, late, timed]);
    fails.exception();
  });
  assert.deepEqual(fine, []);
});
