import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Coroutine,
  coroutine,
  createTask,
  Future,
  getRunningLoop,
  Lock,
  Queue,
  sleep,
  VirtualEventLoop,
} from "yieldfrom";
import { failureOf, reportsOf, virtual } from "../helpers.ts";

const work = coroutine(function* work() {
  yield* sleep(1);
  return "worked";
});

// asyncio: "cannot reuse already awaited coroutine".
test("a coroutine() that has ended can't be awaited again, and says so by its name", () => {
  virtual(function* () {
    const coro = work();
    assert.equal(yield* coro, "worked");
    let thrown: unknown;
    try {
      yield* coro;
    } catch (error) {
      thrown = error;
    }
    assert.match(String(thrown), /^RuntimeError: work\(\).* was awaited already/);
  });
});

// asyncio: "coroutine is being awaited already".
test("a coroutine() that one task awaits can't be awaited by another, which is told so and does not hang", () => {
  const coro = work();
  let thrown: unknown;
  const reports = reportsOf(function* () {
    const first = createTask(coro);
    yield* sleep(0);
    try {
      const second = createTask(coro);
      yield* sleep(10);
      second.result();
    } catch (error) {
      thrown = error;
    }
    assert.equal(yield* first, "worked");
  });
  assert.match(String(thrown), /^RuntimeError: .*awaited already/);
  assert.deepEqual(reports, []);
});

// Python: `coro.close()` is how one discards a coroutine on purpose.
test("a coroutine that was closed before it was awaited is not reported", () => {
  virtual(function* () {
    work().return("unused");
    yield* sleep(1);
  });
});

/** What a plain `function*` may wait for where it is given to a second task. */
const waits: Record<string, (lock: Lock, queue: Queue<void>, future: Future<void>) => Coroutine<unknown>> = {
  *"a sleep"() {
    return yield* sleep(5);
  },
  *"a lock"(lock) {
    using _held = yield* lock;
    return "held";
  },
  *"a queue"(_, queue) {
    return yield* queue.get();
  },
  *"a future"(_lock, _queue, future) {
    return yield* future;
  },
};

for (const [name, plain] of Object.entries(waits)) {
  test(`a plain coroutine given to two tasks: the second is told so, the first goes on: waiting for ${name}`, () =>
    virtual(function* () {
      const lock = new Lock();
      const queue = new Queue<void>();
      const future = new Future<void>();
      yield* lock.acquire();
      const coro = plain(lock, queue, future);
      const first = createTask(coro, { name: "first" });
      const second = createTask(coro, { name: "second" });
      const error = yield* failureOf(second);
      assert.match(
        String(error),
        /^RuntimeError: the coroutine of <Task pending name='first' .*> was given to a second task; call its function again for each, or wait for the one task$/,
      );
      assert.equal(first.done(), false);
      lock.release();
      if (name === "a queue") queue.putNowait();
      future.setResult();
      yield* first;
      assert.equal(lock.locked(), false);
      assert.equal(queue.qsize(), 0);
    }));
}

test("in debug mode a plain coroutine is refused to a second task even when the first has ended", () => {
  const loop = new VirtualEventLoop();
  loop.debug = true;
  loop.runUntilComplete(
    (function* (): Coroutine<void> {
      assert.equal(getRunningLoop(), loop);
      const coro = (function* () {
        yield* sleep(1);
      })();
      yield* createTask(coro);
      assert.throws(() => createTask(coro), {
        name: "RuntimeError",
        message: "the coroutine was given to a task already; call it again for each",
      });
    })(),
  );
  loop.close();
});
