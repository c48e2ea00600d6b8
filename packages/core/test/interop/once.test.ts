import assert from "node:assert/strict";
import { EventEmitter, getEventListeners } from "node:events";
import { test } from "node:test";
import {
  CancelledError,
  createTask,
  getRunningLoop,
  HostEventLoop,
  once,
  RuntimeError,
  sleep,
  TimeoutError,
  timeout,
} from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

const broken = new Error("broken");

function listenersOf(target: EventEmitter | EventTarget): number {
  return ["data", "error"].flatMap((event) => getEventListeners(target as EventEmitter, event)).length;
}

test("an EventTarget's event is given", () =>
  virtual(function* () {
    const target = new EventTarget();
    const task = createTask(once(target, "data"));
    yield* sleep(0);
    assert.equal(listenersOf(target), 1);
    target.dispatchEvent(new Event("other"));
    const event = new Event("data");
    target.dispatchEvent(event);
    assert.equal(listenersOf(target), 0);
    assert.equal(yield* task, event);
  }));

test("an emitter's arguments are given", () =>
  virtual(function* () {
    const emitter = new EventEmitter();
    const key = Symbol("key");
    getRunningLoop().callLater(1, () => emitter.emit("data", 1, "two"));
    getRunningLoop().callLater(2, () => emitter.emit(key));
    assert.deepEqual(yield* once(emitter, "data"), [1, "two"]);
    assert.deepEqual(yield* once(emitter, key), []);
    assert.equal(listenersOf(emitter), 0);
  }));

test("an emitter's error is thrown, unless it is what is awaited", () =>
  virtual(function* () {
    const emitter = new EventEmitter();
    getRunningLoop().callLater(1, () => emitter.emit("error", broken));
    assert.equal(yield* failureOf(once(emitter, "data")), broken);
    assert.equal(listenersOf(emitter), 0);
    getRunningLoop().callLater(1, () => emitter.emit("error", broken));
    assert.deepEqual(yield* once(emitter, "error"), [broken]);
    assert.equal(listenersOf(emitter), 0);
  }));

test("the error event of an EventTarget is an event like any other", () =>
  virtual(function* () {
    const target = new EventTarget();
    getRunningLoop().callLater(1, () => target.dispatchEvent(new Event("error")));
    assert.ok((yield* failureOf(timeout(5, () => once(target, "data")))) instanceof TimeoutError);
    getRunningLoop().callLater(1, () => target.dispatchEvent(new Event("error")));
    assert.equal((yield* once(target, "error")).type, "error");
  }));

test("it listens from when the awaiting starts; a task that starts eagerly listens at once", () =>
  virtual(function* () {
    const emitter = new EventEmitter();
    const late = once(emitter, "data");
    assert.equal(listenersOf(emitter), 0);
    emitter.emit("data", "too early");
    const lazy = createTask(late);
    emitter.emit("data", "still too early");
    const eager = createTask(once(emitter, "data"), { eagerStart: true });
    emitter.emit("data", "in time");
    assert.deepEqual(yield* eager, ["in time"]);
    emitter.emit("data", "last");
    assert.deepEqual(yield* lazy, ["last"]);
  }));

test("the first event counts, and no listener stays after a cancellation", () =>
  virtual(function* () {
    for (const target of [new EventEmitter(), new EventTarget()]) {
      const task = createTask(once(target as EventEmitter, "data"));
      yield* sleep(0);
      assert.ok(listenersOf(target) > 0);
      task.cancel("enough");
      assert.equal(String(yield* failureOf(task)), "CancelledError: enough");
      assert.equal(listenersOf(target), 0);
    }
    const emitter = new EventEmitter();
    const task = createTask(once(emitter, "data"));
    yield* sleep(0);
    emitter.emit("data", 1);
    emitter.emit("data", 2);
    assert.deepEqual(yield* task, [1]);
  }));

test("an event that meets a cancellation, either way round", () =>
  virtual(function* () {
    const emitter = new EventEmitter();
    for (const eventFirst of [true, false]) {
      const task = createTask(once(emitter, "data"));
      yield* sleep(0);
      if (eventFirst) emitter.emit("data");
      task.cancel();
      if (!eventFirst) emitter.emit("data");
      assert.ok((yield* failureOf(task)) instanceof CancelledError);
      assert.equal(listenersOf(emitter), 0);
    }
    const failing = createTask(once(emitter, "data"));
    yield* sleep(0);
    failing.cancel();
    // Still listening, so the emitter does not throw.
    emitter.emit("error", broken);
    assert.ok((yield* failureOf(failing)) instanceof CancelledError);
  }));

test("a target that throws when it is listened to is left without listeners", () =>
  virtual(function* () {
    const emitter = new EventEmitter();
    const on = emitter.on.bind(emitter);
    emitter.on = (event, listener) => {
      on(event, listener);
      if (event === "data") throw broken;
      return emitter;
    };
    assert.equal(yield* failureOf(once(emitter, "data")), broken);
    assert.equal(listenersOf(emitter), 0);
  }));

test("it is awaited once, has a title, and refuses what has no events", () =>
  virtual(function* () {
    const emitter = new EventEmitter();
    const operation = once(emitter, "data");
    const task = createTask(operation);
    assert.match(String(task), /coro=<once\("data"\)>/);
    yield* sleep(0);
    const again = yield* failureOf(operation);
    assert.ok(again instanceof RuntimeError);
    assert.match(again.message, /^once\("data"\) was awaited already/);
    emitter.emit("data");
    yield* task;
    assert.throws(() => once({} as EventTarget, "data"), {
      message: "Expected `target` of once() to be an EventTarget or an emitter, got [object Object]",
    });
  }));

test("an event from outside wakes a loop of the host", async () => {
  const target = new EventTarget();
  const loop = new HostEventLoop();
  setImmediate(() => target.dispatchEvent(new Event("data")));
  const event = await loop.runUntilComplete(once(target, "data"));
  assert.equal(event.type, "data");
  loop.close();
});

test("an event that one loop causes wakes another without running it inside of the first", async () => {
  const target = new EventTarget();
  const [first, second] = [new HostEventLoop(), new HostEventLoop()];
  const order: string[] = [];
  const listening = second.runUntilComplete(
    (function* () {
      yield* once(target, "data");
      order.push("second");
    })(),
  );
  await first.runUntilComplete(
    (function* () {
      yield* sleep(1);
      target.dispatchEvent(new Event("data"));
      order.push("first");
    })(),
  );
  await listening;
  assert.deepEqual(order, ["first", "second"]);
  first.close();
  second.close();
});

test("an event without a name is refused, and does not wait for ever", () => {
  assert.throws(() => once(new EventTarget(), undefined as never), {
    name: "TypeError",
    message: "Expected `event` of once() to be the name of an event, got undefined",
  });
});
