import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Awaitable,
  allTasks,
  async,
  createTask,
  currentTask,
  type ExecutorFuture,
  ensureFuture,
  Future,
  gather,
  getRunningLoop,
  Lock,
  type Suspension,
  setEventLoop,
  shield,
  sleep,
  Task,
  VirtualEventLoop,
  wrapFuture,
} from "yieldfrom";
import { virtual } from "../helpers.ts";

test("ensureFuture is also the seed's async", () => {
  assert.equal(async, ensureFuture);
});

test("a future stays what it is, a coroutine becomes a task, another awaitable a task that awaits it", () => {
  virtual(function* () {
    const future = new Future<number>();
    assert.equal(ensureFuture(future), future);
    const task = createTask(sleep(0));
    assert.equal(ensureFuture(task), task);
    const made = ensureFuture(
      (function* () {
        return 5;
      })(),
    );
    assert.ok(made instanceof Task);
    assert.equal(yield* made, 5);
    class Mine implements Awaitable<number> {
      [Symbol.iterator](): Iterator<Suspension, number, unknown> {
        return future[Symbol.iterator]();
      }
      throw(): void {}
    }
    future.setResult(7);
    assert.equal(yield* ensureFuture(new Mine()), 7);
    yield* task;
  });
});

test("what can't be awaited is refused", () => {
  virtual(function* () {
    const cases: readonly (readonly [unknown, string])[] = [
      [5, "Expected a coroutine, a Future or another awaitable, got 5"],
      ["text", 'Expected a coroutine, a Future or another awaitable, got "text"'],
      [[1, 2], "Expected a coroutine, a Future or another awaitable, got [2 items]"],
      [undefined, "Expected a coroutine, a Future or another awaitable, got undefined"],
      [sleep, "Expected a coroutine, a Future or another awaitable, got [function sleep]: call it, as in sleep()"],
      [
        Promise.resolve(),
        "Expected a coroutine, a Future or another awaitable, got [object Promise]: wrap it, as in from(promise)",
      ],
    ];
    for (const [value, message] of cases) {
      assert.throws(() => ensureFuture(value as never), { name: "TypeError", message });
    }
    yield* sleep(0);
  });
});

test("a lock, which is awaitable and no coroutine, is awaited by a task", () => {
  virtual(function* () {
    const lock = new Lock();
    yield* ensureFuture(lock);
    assert.equal(lock.locked(), true);
    lock.release();
  });
});

test("a future of another loop than the one given is refused", () => {
  const loops = [new VirtualEventLoop(), new VirtualEventLoop()] as const;
  const future = loops[0].createFuture();
  assert.equal(ensureFuture(future, { loop: loops[0] }), future);
  assert.throws(() => ensureFuture(future, { loop: loops[1] }), {
    name: "RuntimeError",
    message: "<Future pending> belongs to another event loop than the one given",
  });
  for (const loop of loops) loop.close();
});

test("outside of a running loop it takes the one that is set, as the seed does, or says what to do", () => {
  const loop = new VirtualEventLoop();
  setEventLoop(loop);
  try {
    const task = ensureFuture(sleep(1, "done"));
    assert.equal(task.getLoop(), loop);
    assert.equal(loop.runUntilComplete(task), "done");
  } finally {
    setEventLoop(null);
    loop.close();
  }
  const coro = (function* () {})();
  assert.throws(() => ensureFuture(coro), { name: "RuntimeError", message: /^ensureFuture\(\) needs an event loop/ });
});

/** An executor's future, settled by hand. */
class Outside<T> implements ExecutorFuture<T> {
  state: "pending" | "done" | "cancelled" = "pending";
  private _value: T | undefined;
  private _error: unknown = null;
  private readonly _callbacks: ((future: ExecutorFuture<T>) => void)[] = [];

  finish(value: T | undefined, error: unknown = null): void {
    this.state = "done";
    this._value = value;
    this._error = error;
    for (const callback of this._callbacks) callback(this);
  }
  cancel(): boolean {
    if (this.state === "done") return false;
    this.state = "cancelled";
    for (const callback of this._callbacks) callback(this);
    return true;
  }
  cancelled(): boolean {
    return this.state === "cancelled";
  }
  done(): boolean {
    return this.state !== "pending";
  }
  result(): T {
    return this._value as T;
  }
  exception(): unknown {
    return this._error;
  }
  addDoneCallback(callback: (future: ExecutorFuture<T>) => void): void {
    if (this.done()) callback(this);
    else this._callbacks.push(callback);
  }
}

test("wrapFuture follows a result, an error and a cancellation, done before or later", () => {
  virtual(function* () {
    const failure = new Error("broken");
    for (const early of [true, false]) {
      const [good, bad, gone] = [new Outside<number>(), new Outside<number>(), new Outside<number>()];
      const settle = () => {
        good.finish(5);
        bad.finish(undefined, failure);
        gone.cancel();
      };
      if (early) settle();
      const wrapped = [good, bad, gone].map((outside) => wrapFuture(outside)) as [
        Future<number>,
        Future<number>,
        Future<number>,
      ];
      if (!early) settle();
      yield* sleep(0);
      assert.equal(wrapped[0].result(), 5);
      assert.equal(wrapped[1].exception(), failure);
      assert.equal(wrapped[2].cancelled(), true);
    }
  });
});

test("cancelling the wrapped future cancels the other, and what still comes is dropped", () => {
  virtual(function* () {
    const [queued, running] = [new Outside<number>(), new Outside<number>()];
    running.cancel = () => false;
    const wrapped = [wrapFuture(queued), wrapFuture(running)];
    for (const future of wrapped) future.cancel();
    yield* sleep(0);
    assert.equal(queued.state, "cancelled");
    running.finish(undefined, new Error("too late"));
    yield* sleep(1);
    assert.ok(wrapped.every((future) => future.cancelled()));
  });
});

test("wrapFuture gives a future of the loop back as it is, and drops what reaches a closed loop", () => {
  const loop = new VirtualEventLoop();
  const future = loop.createFuture<number>();
  assert.equal(wrapFuture(future), future);
  const outside = new Outside<number>();
  const wrapped = wrapFuture(outside, { loop });
  loop.close();
  outside.finish(5);
  assert.equal(wrapped.done(), false);
  virtual(function* () {
    const here = wrapFuture(new Outside<number>());
    assert.equal(here.getLoop(), getRunningLoop());
    yield* sleep(0);
  });
});

test("who needs a loop and has none is called by the name that was called", () => {
  const calls: Record<string, () => unknown> = {
    "gather() needs an event loop and none is running": () => gather([sleep(0)]),
    "shield() needs an event loop and none is running": () => shield(sleep(0)),
    "ensureFuture() needs an event loop and none is running": () => ensureFuture(sleep(0)),
    "currentTask() was called outside of a running event loop": () => currentTask(),
    "allTasks() was called outside of a running event loop": () => allTasks(),
  };
  for (const [what, call] of Object.entries(calls)) {
    assert.throws(call, {
      name: "RuntimeError",
      message: `${what}: call it inside run(main), or name the loop, as in loop.createTask(…)`,
    });
  }
});
