import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { CancelledError, createTask, Queue, QueueEmpty, QueueFull, sleep, timeout, VirtualEventLoop } from "yieldfrom";
import { failureOf, reportsOf, virtual } from "../helpers.ts";

test("first in, first out, without waiting while there is room and while there are items", () =>
  virtual(function* () {
    const queue = new Queue<number>(2);
    assert.deepEqual([queue.empty(), queue.full(), queue.qsize(), queue.maxSize], [true, false, 0, 2]);
    const other = createTask(sleep(0));
    yield* queue.put(1);
    yield* queue.put(2);
    assert.deepEqual([queue.empty(), queue.full(), queue.qsize()], [false, true, 2]);
    assert.deepEqual([yield* queue.get(), yield* queue.get()], [1, 2]);
    assert.equal(other.done(), false);
    yield* other;
  }));

test("get() waits for an item, put() for room, each served in the order of arrival", () =>
  virtual(function* () {
    const queue = new Queue<string>(1);
    const getting = [createTask(queue.get()), createTask(queue.get())];
    yield* sleep(0);
    yield* queue.put("a");
    yield* queue.put("b");
    assert.deepEqual([yield* getting[0]!, yield* getting[1]!], ["a", "b"]);
    const putting = ["c", "d", "e"].map((item) => createTask(queue.put(item)));
    yield* sleep(0);
    assert.deepEqual(
      putting.map((task) => task.done()),
      [true, false, false],
    );
    const got: string[] = [];
    for (const task of putting) {
      yield* task;
      got.push(yield* queue.get());
    }
    assert.deepEqual(got, ["c", "d", "e"]);
  }));

test("any value is an item, undefined and null too", () =>
  virtual(function* () {
    const queue = new Queue<unknown>();
    for (const item of [undefined, null, 0, ""]) queue.putNowait(item);
    assert.equal(queue.qsize(), 4);
    for (const item of [undefined, null, 0, ""]) assert.equal(yield* queue.get(), item);
  }));

test("putNowait() and getNowait() throw where the others would wait, and name the queue", () => {
  const queue = new Queue<number>(1);
  assert.throws(
    () => queue.getNowait(),
    (error) =>
      error instanceof QueueEmpty &&
      error.message === "getNowait() on <Queue size=0 maxSize=1 getters=0 putters=0>, which is empty",
  );
  queue.putNowait(1);
  assert.throws(
    () => queue.putNowait(2),
    (error) =>
      error instanceof QueueFull &&
      error.message === "putNowait() on <Queue size=1 maxSize=1 getters=0 putters=0>, which is full",
  );
  assert.equal(queue.getNowait(), 1);
});

test("of size 0 or less it has no limit", () => {
  for (const queue of [new Queue<number>(), new Queue<number>(0), new Queue<number>(-1)]) {
    for (let i = 0; i < 100; i++) queue.putNowait(i);
    assert.deepEqual([queue.full(), queue.qsize()], [false, 100]);
  }
});

test("a size that is no number is refused, and named", () => {
  for (const size of [Number.NaN, "2", null]) {
    assert.throws(() => new Queue(size as number), {
      name: "RangeError",
      message: `Expected \`maxSize\` of a Queue to be a number, got ${size}`,
    });
  }
});

test("one who was woken but is beaten to the item waits on", () =>
  virtual(function* () {
    const queue = new Queue<string>();
    const slow = createTask(queue.get());
    yield* sleep(0);
    queue.putNowait("first");
    assert.equal(queue.getNowait(), "first");
    yield* sleep(1);
    assert.equal(slow.done(), false);
    queue.putNowait("second");
    assert.equal(yield* slow, "second");
  }));

test("a get() cancelled when its item is there leaves it to the next", () =>
  virtual(function* () {
    const queue = new Queue<string>();
    const [first, second] = [createTask(queue.get()), createTask(queue.get())];
    yield* sleep(0);
    queue.putNowait("item");
    first.cancel();
    assert.ok((yield* failureOf(first)) instanceof CancelledError);
    assert.equal(yield* second, "item");
  }));

test("a put() cancelled when there is room puts nothing, and leaves the room to the next", () =>
  virtual(function* () {
    const queue = new Queue<string>(1);
    queue.putNowait("a");
    const [first, second] = [createTask(queue.put("lost")), createTask(queue.put("b"))];
    yield* sleep(0);
    assert.equal(queue.getNowait(), "a");
    first.cancel();
    assert.ok((yield* failureOf(first)) instanceof CancelledError);
    yield* second;
    assert.deepEqual([queue.getNowait(), queue.qsize()], ["b", 0]);
    assert.equal(String(queue), "<Queue size=0 maxSize=1 getters=0 putters=0>");
  }));

test("a get() that runs out of time takes no item", () =>
  virtual(function* () {
    const queue = new Queue<string>();
    yield* failureOf(timeout(5, () => queue.get()));
    queue.putNowait("kept");
    assert.equal(yield* timeout(5, () => queue.get()), "kept");
  }));

test("join() waits until taskDone() was called for each item", () =>
  virtual(function* () {
    const queue = new Queue<number>();
    yield* queue.join();
    for (const item of [1, 2]) queue.putNowait(item);
    const joining = createTask(queue.join());
    for (let i = 0; i < 2; i++) {
      yield* queue.get();
      yield* sleep(1);
      assert.equal(joining.done(), false, "got is not yet done");
      queue.taskDone();
    }
    yield* joining;
  }));

test("join() cancelled, or of a worker that throws, leaves the count right", () =>
  virtual(function* () {
    const queue = new Queue<number>();
    queue.putNowait(1);
    const joining = createTask(queue.join());
    yield* sleep(0);
    joining.cancel();
    assert.ok((yield* failureOf(joining)) instanceof CancelledError);
    const worker = createTask(
      (function* () {
        const item = yield* queue.get();
        try {
          throw new RangeError(`item ${item}`);
        } finally {
          queue.taskDone();
        }
      })(),
    );
    yield* queue.join();
    assert.match(String(worker.exception()), /item 1/);
  }));

test("taskDone() too often is refused", () => {
  const queue = new Queue<number>();
  queue.putNowait(1);
  queue.getNowait();
  queue.taskDone();
  assert.throws(() => queue.taskDone(), {
    name: "RangeError",
    message: "taskDone() on <Queue size=0 getters=0 putters=0> more often than items were put",
  });
});

test("printed: items, limit and who waits", () =>
  virtual(function* () {
    const queue = new Queue<number>(1);
    assert.equal(`${queue}`, "<Queue size=0 maxSize=1 getters=0 putters=0>");
    const getting = createTask(queue.get());
    yield* sleep(0);
    assert.equal(inspect(queue), "<Queue size=0 maxSize=1 getters=1 putters=0>");
    queue.putNowait(1);
    yield* getting;
    queue.putNowait(2);
    const putting = createTask(queue.put(3));
    yield* sleep(0);
    assert.equal(`${queue}`, "<Queue size=1 maxSize=1 getters=0 putters=1>");
    queue.getNowait();
    yield* putting;
    class Mailbox extends Queue<number> {}
    assert.equal(`${new Mailbox()}`, "<Mailbox size=0 getters=0 putters=0>");
  }));

test("a put() or get() that was never awaited is reported, and did nothing", () => {
  const queue = new Queue<number>();
  const reports = reportsOf(function* () {
    queue.put(1);
    queue.get();
    yield* sleep(0);
  });
  assert.deepEqual(
    reports.map(({ message }) => message),
    ["Queue.put()", "Queue.get()"].map(
      (what) => `${what} was never awaited: write \`yield* …\` before it, or give it to createTask()`,
    ),
  );
  assert.equal(queue.qsize(), 0);
});

test("waited for in two loops: refused by name in the second", () =>
  virtual(function* () {
    const queue = new Queue<number>(1);
    const waiting = createTask(queue.get());
    yield* sleep(0);
    {
      using other = new VirtualEventLoop();
      assert.throws(() => other.runUntilComplete(queue.get()), {
        name: "RuntimeError",
        message:
          "<Queue size=0 maxSize=1 getters=1 putters=0> is bound to a different event loop: one made in one run() can't be waited for in another; make one in each run(), or have one run() for all",
      });
    }
    queue.putNowait(1);
    assert.equal(yield* waiting, 1);
  }));
