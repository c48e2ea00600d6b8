import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import {
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  Future,
  from,
  gather,
  HostEventLoop,
  Lock,
  setEventLoop,
  sleep,
  toPromise,
  VirtualEventLoop,
} from "yieldfrom";
import { after, quietly } from "../helpers.ts";

const broken = new Error("broken");
const reason = new Error("the signal's reason");

function* failing(): Coroutine<never> {
  yield* sleep(1);
  throw broken;
}

/** The error that a Promise rejects with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const value = await promise.then(undefined, (error: unknown) => ({ error }));
  if (typeof value !== "object" || value === null || !("error" in value))
    assert.fail(`expected a rejection, got ${value}`);
  return value.error;
}

test("a coroutine is run as a task, a Future is followed, anything awaitable is awaited", () =>
  quietly(function* () {
    const future = new Future<string>();
    const lock = new Lock();
    const promises = [
      toPromise(after(1, "x")),
      toPromise(coroutine(after)(1, "y")),
      toPromise(future),
      toPromise(lock),
    ];
    assert.ok(promises.every((promise) => promise instanceof Promise));
    future.setResult("z");
    const [x, y, z] = yield* from(Promise.all(promises));
    assert.deepEqual([x, y, z], ["x", "y", "z"]);
    assert.equal(lock.locked(), true);
    assert.equal(yield* from(toPromise(sleep(1, "slept"))), "slept");
  }));

test("errors and cancellations are passed on", () =>
  quietly(function* () {
    assert.equal(yield* from(rejection(toPromise(failing()))), broken);
    const task = createTask(sleep(1000));
    const promise = toPromise(task);
    task.cancel("enough");
    const error = yield* from(rejection(promise));
    assert.equal(String(error), "CancelledError: enough");
    assert.match(String(yield* from(rejection(toPromise(5 as never)))), /^TypeError: Expected a coroutine, a Future/);
  }));

test("an abort cancels the task; the Promise rejects with the reason when the task has cleaned up", () =>
  quietly(function* () {
    const controller = new AbortController();
    const { signal } = controller;
    let cleaned = false;
    const promise = toPromise(
      (function* () {
        try {
          yield* sleep(1000);
        } finally {
          yield* sleep(1);
          cleaned = true;
        }
      })(),
      { signal },
    );
    yield* sleep(0);
    assert.equal(getEventListeners(signal, "abort").length, 1);
    controller.abort(reason);
    assert.equal(yield* from(rejection(promise)), reason);
    assert.equal(cleaned, true);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  }));

test("an error that comes up in the cleaning is what it rejects with", () =>
  quietly(function* () {
    const controller = new AbortController();
    const promise = toPromise(
      (function* () {
        try {
          yield* sleep(1000);
        } catch {
          throw broken;
        }
      })(),
      { signal: controller.signal },
    );
    yield* sleep(0);
    controller.abort(reason);
    assert.equal(yield* from(rejection(promise)), broken);
  }));

test("a signal that was aborted before: the coroutine never starts", () =>
  quietly(function* () {
    let started = false;
    const coro = (function* (): Coroutine<void> {
      started = true;
    })();
    assert.equal(yield* from(rejection(toPromise(coro, { signal: AbortSignal.abort(reason) }))), reason);
    assert.equal(started, false);
  }));

test("a plain Future and a gather are cancelled by it too", () =>
  quietly(function* () {
    for (const future of [new Future<void>(), gather([sleep(1000), sleep(1000)])]) {
      const controller = new AbortController();
      const promise = toPromise<unknown>(future, { signal: controller.signal });
      controller.abort(reason);
      assert.equal(yield* from(rejection(promise)), reason);
      assert.equal(future.done(), true);
    }
  }));

test("no listener stays after a result or an error, and a later abort changes nothing", () =>
  quietly(function* () {
    const controller = new AbortController();
    const { signal } = controller;
    assert.equal(yield* from(toPromise(after(1, "x"), { signal })), "x");
    assert.equal(yield* from(rejection(toPromise(failing(), { signal }))), broken);
    assert.equal(getEventListeners(signal, "abort").length, 0);
    const done = new Future<string>();
    done.setResult("done");
    assert.equal(yield* from(toPromise(done, { signal: AbortSignal.abort(reason) })), "done");
  }));

test("a task that refuses keeps its result; one that someone else cancelled as well rejects with the CancelledError", () =>
  quietly(function* () {
    const controller = new AbortController();
    const { signal } = controller;
    const stubborn = toPromise(
      (function* () {
        try {
          yield* sleep(1000);
        } catch {
          return "stubborn";
        }
        return "slept";
      })(),
      { signal },
    );
    const shared = createTask(sleep(1000));
    const both = toPromise(shared, { signal });
    yield* sleep(0);
    shared.cancel();
    controller.abort(reason);
    assert.equal(yield* from(stubborn), "stubborn");
    assert.ok((yield* from(rejection(both))) instanceof CancelledError);
    const alone = createTask(sleep(1000));
    const late = new AbortController();
    const promise = toPromise(alone, { signal: late.signal });
    yield* sleep(0);
    alone.cancel("by others");
    yield* sleep(0);
    late.abort(reason);
    assert.equal(String(yield* from(rejection(promise))), "CancelledError: by others");
  }));

test("outside of a loop it takes the one given, else the one set", async () => {
  const loop = new HostEventLoop();
  const promise = toPromise(after(1, "given"), { loop });
  setEventLoop(loop);
  const other = toPromise(after(1, "set"));
  setEventLoop(null);
  assert.match(
    String(await rejection(toPromise(after(1, "none")))),
    /^RuntimeError: toPromise\(\) needs an event loop/,
  );
  await loop.runUntilComplete(sleep(5));
  assert.deepEqual(await Promise.all([promise, other]), ["given", "set"]);
  const elsewhere = new Future<void>({ loop: new VirtualEventLoop() });
  assert.match(
    String(await rejection(toPromise(elsewhere, { loop }))),
    /^RuntimeError: .* belongs to another event loop/,
  );
  loop.close();
});

test("an abort from outside wakes a sleeping loop", async () => {
  const loop = new HostEventLoop();
  const controller = new AbortController();
  const promise = toPromise(sleep(1000_000), { loop, signal: controller.signal });
  const running = loop.runUntilComplete(
    (function* () {
      yield* from(promise.catch(() => {}));
    })(),
  );
  setImmediate(() => controller.abort(reason));
  assert.equal(await rejection(promise), reason);
  await running;
  loop.close();
});
