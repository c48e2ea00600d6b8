import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import {
  ContextVar,
  currentTask,
  type ExceptionContext,
  getRunningLoop,
  HostCallback,
  HostEventLoop,
  run,
  sleep,
  VirtualEventLoop,
} from "yieldfrom";
import { FakeHost } from "../loops/fake-host.ts";

test("runs at once in a loop that sleeps, with what it wakes", async () => {
  const host = new FakeHost();
  const loop = new HostEventLoop(host);
  const log: unknown[] = [];
  const woken = loop.createFuture<string>();
  const callback = new HostCallback<string>(loop, (event) => {
    log.push(event, getRunningLoop() === loop, currentTask());
    woken.setResult(event);
  });
  const done = loop.runUntilComplete(
    (function* () {
      log.push(`main: ${yield* woken}`);
    })(),
  );
  host.run();
  assert.deepEqual(log, []);
  callback.call("a");
  assert.deepEqual(log, ["a", true, null, "main: a"]);
  host.run();
  await done;
  loop.close();
});

test("stands in line in a loop that is awake, each call once and in order", () =>
  run(function* () {
    const loop = getRunningLoop();
    const log: unknown[] = [];
    const a = new HostCallback<number>(loop, (n) => void log.push(`a${n}`));
    const b = new HostCallback<number>(loop, (n) => void log.push(`b${n}`));
    loop.callSoon(() => void log.push("before"));
    a.call(1);
    b.call(1);
    a.call(2);
    a.call(3);
    loop.callSoon(() => void log.push("after"));
    a.call(4);
    assert.deepEqual(log, []);
    yield* sleep(0);
    assert.deepEqual(log, ["before", "a1", "b1", "a2", "a3", "after", "a4"]);
    a.call(5);
    yield* sleep(0);
    assert.equal(log.at(-1), "a5");
  }));

test("keeps the context it was made in, and what its calls set there", () =>
  run(function* () {
    const variable = new ContextVar<string>("variable");
    variable.set("maker");
    const seen: string[] = [];
    const callback = new HostCallback<string>(getRunningLoop(), (event) => {
      seen.push(variable.get());
      variable.set(event);
    });
    variable.set("later");
    callback.call("first");
    callback.call("second");
    yield* sleep(0);
    assert.deepEqual([seen, variable.get()], [["maker", "first"], "later"]);
  }));

test("keeps the stores of AsyncLocalStorage", () =>
  run(function* () {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const callback = storage.run(
      "maker",
      () => new HostCallback(getRunningLoop(), () => void seen.push(storage.getStore())),
    );
    storage.run("caller", () => callback.call(undefined));
    yield* sleep(0);
    assert.deepEqual(seen, ["maker"]);
  }));

test("an error of it is reported, and the loop goes on", async () => {
  const reports: ExceptionContext[] = [];
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, context) => reports.push(context));
  await run(
    function* () {
      const callback = new HostCallback(getRunningLoop(), function fail() {
        throw new Error("oops");
      });
      callback.call(undefined);
      yield* sleep(0);
    },
    { loop },
  );
  assert.deepEqual(
    reports.map(({ message, exception }) => `${message}: ${exception}`),
    ["Exception in callback <HostCallback fail>: Error: oops"],
  );
});

test("calls of a closed loop are dropped", () => {
  const loop = new VirtualEventLoop();
  const callback = new HostCallback(loop, () => assert.fail("called"));
  loop.close();
  callback.call(undefined);
});
