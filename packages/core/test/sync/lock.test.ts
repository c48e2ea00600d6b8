import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { createTask, Lock, sleep, VirtualEventLoop } from "yieldfrom";
import { failureOf, reportsOf, virtual } from "../helpers.ts";

test("a free lock is taken without waiting", () =>
  virtual(function* () {
    const lock = new Lock();
    let others = 0;
    const other = createTask(
      (function* () {
        others++;
      })(),
    );
    assert.equal(yield* lock.acquire(), true);
    assert.deepEqual([lock.locked(), others], [true, 0]);
    lock.release();
    yield* other;
  }));

test("serves in the order of arrival, whatever the holders do", () =>
  virtual(function* () {
    const lock = new Lock();
    const order: number[] = [];
    function* worker(id: number) {
      using _held = yield* lock;
      order.push(id);
      yield* sleep(id % 3);
    }
    const tasks = [0, 1, 2, 3, 4, 5].map((id) => createTask(worker(id)));
    for (const task of tasks) yield* task;
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
  }));

test("nobody passes one who was woken and has not run yet", () =>
  virtual(function* () {
    const lock = new Lock();
    const order: string[] = [];
    function* worker(name: string) {
      using _held = yield* lock;
      order.push(name);
    }
    yield* lock.acquire();
    const first = createTask(worker("first"));
    yield* sleep(0);
    lock.release();
    assert.equal(lock.locked(), false, "free until the one who was woken runs");
    yield* worker("newcomer");
    yield* first;
    assert.deepEqual(order, ["first", "newcomer"]);
  }));

test("a waiter in the middle that is cancelled leaves the order of the others", () =>
  virtual(function* () {
    const lock = new Lock();
    const order: number[] = [];
    function* worker(id: number) {
      using _held = yield* lock;
      order.push(id);
      yield* sleep(1);
    }
    const tasks = [0, 1, 2, 3].map((id) => createTask(worker(id)));
    yield* sleep(0);
    tasks[2]!.cancel();
    for (const id of [0, 1, 3]) yield* tasks[id]!;
    assert.deepEqual(order, [0, 1, 3]);
    assert.equal(String(lock), "<Lock unlocked>");
  }));

test("release() too often says what to write", () =>
  virtual(function* () {
    const lock = new Lock();
    const refused = {
      name: "RuntimeError",
      message:
        "release() of a Lock that is not held: each acquire() needs one release(), which `using _held = yield* lock` does by itself",
    };
    assert.throws(() => lock.release(), refused);
    yield* lock.acquire();
    lock.release();
    assert.throws(() => lock.release(), refused);
    assert.equal(lock.locked(), false);
  }));

test("printed: state and how many wait", () =>
  virtual(function* () {
    const lock = new Lock();
    assert.equal(String(lock), "<Lock unlocked>");
    yield* lock.acquire();
    assert.equal(inspect(lock), "<Lock locked>");
    const waiting = [createTask(lock.acquire(), { name: "second" }), createTask(lock.acquire())];
    yield* sleep(0);
    assert.equal(`${lock}`, "<Lock locked waiters=2>");
    assert.match(String(waiting[0]), /wait_for=<Waiter pending of <Lock locked waiters=2>>/);
    lock.release();
    assert.equal(`${lock}`, "<Lock unlocked waiters=2>");
    yield* waiting[0]!;
    lock.release();
    yield* waiting[1]!;
    lock.release();
  }));

test("an acquire() is awaited once, and reported when it never is", () => {
  const lock = new Lock();
  const reports = reportsOf(function* () {
    const acquire = lock.acquire();
    yield* acquire;
    assert.match(
      String(yield* failureOf(again(acquire))),
      /^RuntimeError: Lock\.acquire\(\) was awaited already; call it again for each `yield\*`$/,
    );
    lock.acquire();
  });
  assert.deepEqual(
    reports.map(({ message }) => message),
    ["Lock.acquire() was never awaited: write `yield* …` before it, or give it to createTask()"],
  );
});

function* again(acquire: ReturnType<Lock["acquire"]>) {
  yield* acquire;
}

test("contended in two loops: refused by name in the second, and the first is not disturbed", () =>
  virtual(function* () {
    const lock = new Lock();
    yield* lock.acquire();
    const waiting = createTask(lock.acquire());
    yield* sleep(0);
    {
      using other = new VirtualEventLoop();
      const message =
        "<Lock locked waiters=1> is bound to a different event loop: one made in one run() can't be waited for in another; make one in each run(), or have one run() for all";
      assert.throws(() => other.runUntilComplete(lock.acquire()), { name: "RuntimeError", message });
      assert.throws(() => other.runUntilComplete(lock), { name: "RuntimeError", message });
    }
    assert.equal(String(lock), "<Lock locked waiters=1>");
    lock.release();
    yield* waiting;
    lock.release();
  }));

test("one that is free is taken in any loop", () => {
  const lock = new Lock();
  for (let run = 0; run < 2; run++) {
    virtual(function* () {
      using _held = yield* lock;
      yield* sleep(1);
    });
  }
  assert.equal(lock.locked(), false);
});
