import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { CancelledError, createTask, Event, sleep, VirtualEventLoop } from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

test("wait() of one that is set returns true without waiting", () =>
  virtual(function* () {
    const event = new Event();
    assert.equal(event.isSet(), false);
    event.set();
    event.set();
    assert.equal(event.isSet(), true);
    const other = createTask(sleep(0));
    assert.equal(yield* event.wait(), true);
    assert.equal(other.done(), false);
    yield* other;
  }));

test("set() wakes all who wait, in the order of arrival, even if it is cleared at once", () =>
  virtual(function* () {
    const event = new Event();
    const order: number[] = [];
    function* worker(id: number) {
      assert.equal(yield* event.wait(), true);
      order.push(id);
    }
    const tasks = [0, 1, 2].map((id) => createTask(worker(id)));
    yield* sleep(1);
    event.set();
    event.clear();
    assert.equal(event.isSet(), false);
    for (const task of tasks) yield* task;
    assert.deepEqual(order, [0, 1, 2]);
  }));

test("after clear() newcomers wait for the next set()", () =>
  virtual(function* () {
    const event = new Event();
    event.set();
    event.clear();
    const waiting = createTask(event.wait());
    yield* sleep(1);
    assert.equal(waiting.done(), false);
    event.set();
    assert.equal(yield* waiting, true);
  }));

test("one that is cancelled leaves the others waiting", () =>
  virtual(function* () {
    const event = new Event();
    const [first, second] = [createTask(event.wait()), createTask(event.wait())];
    yield* sleep(0);
    first.cancel();
    assert.ok((yield* failureOf(first)) instanceof CancelledError);
    assert.equal(String(event), "<Event unset waiters=1>");
    event.set();
    assert.equal(yield* second, true);
    assert.equal(String(event), "<Event set>");
  }));

test("set and cancelled in one go: the cancellation wins, for this one only", () =>
  virtual(function* () {
    const event = new Event();
    const [first, second] = [createTask(event.wait()), createTask(event.wait())];
    yield* sleep(0);
    event.set();
    first.cancel();
    assert.ok((yield* failureOf(first)) instanceof CancelledError);
    assert.equal(yield* second, true);
  }));

test("a body that throws after it waited leaves nothing behind", () =>
  virtual(function* () {
    const event = new Event();
    const task = createTask(
      (function* () {
        yield* event.wait();
        throw new RangeError("body");
      })(),
    );
    yield* sleep(0);
    event.set();
    assert.match(String(yield* failureOf(task)), /body/);
    assert.equal(inspect(event), "<Event set>");
  }));

test("waited for in two loops: refused by name in the second", () =>
  virtual(function* () {
    const event = new Event();
    const waiting = createTask(event.wait());
    yield* sleep(0);
    {
      using other = new VirtualEventLoop();
      assert.throws(() => other.runUntilComplete(event.wait()), {
        name: "RuntimeError",
        message:
          "<Event unset waiters=1> is bound to a different event loop: one made in one run() can't be waited for in another; make one in each run(), or have one run() for all",
      });
    }
    event.set();
    yield* waiting;
  }));
