import assert from "node:assert/strict";
import { test } from "node:test";
import {
  coroutine,
  createTask,
  type ExceptionContext,
  ensureFuture,
  Future,
  from,
  gather,
  HostEventLoop,
  Lock,
  Queue,
  run,
  shield,
  sleep,
  VirtualEventLoop,
  waitFor,
} from "yieldfrom";
import { reportsOf, virtual } from "../helpers.ts";
import { place } from "../place.ts";

const workPlace = place(1);
const work = coroutine(function* work() {
  yield* sleep(1);
  return "worked";
});
const advice = "was never awaited: write `yield* …` before it, or give it to createTask()";

test("a coroutine that nobody awaits is reported once, with name and place, when its loop closes", () => {
  const loop = new VirtualEventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  loop.runUntilComplete(
    (function* () {
      work();
      yield* sleep(1);
    })(),
  );
  loop.runUntilComplete(sleep(1));
  assert.equal(reports.length, 0);
  loop.close();
  loop.close();
  assert.deepEqual(reports, [{ message: `work() at ${workPlace} ${advice}` }]);
});

test("each one that was forgotten is reported, the last one made too", () => {
  const reports = reportsOf(function* () {
    work();
    sleep(5);
    work();
    yield* sleep(1);
    new Lock().acquire();
  });
  assert.deepEqual(reports.map(({ message }) => message).toSorted(), [
    `Lock.acquire() ${advice}`,
    `sleep(5) ${advice}`,
    `work() at ${workPlace} ${advice}`,
    `work() at ${workPlace} ${advice}`,
  ]);
});

test("forgotten operations of a queue are named", () => {
  const reports = reportsOf(function* () {
    const queue = new Queue<number>();
    queue.put(1);
    queue.get();
    yield* sleep(0);
  });
  assert.deepEqual(reports.map(({ message }) => message).toSorted(), [
    `Queue.get() ${advice}`,
    `Queue.put() ${advice}`,
  ]);
});

test("nothing is reported of what was awaited, at once or later, or given to somebody who awaits it", () => {
  virtual(function* () {
    yield* work();
    const stored = [work(), work(), work(), work(), work(), work(), work()] as const;
    yield* sleep(1);
    yield* stored[0];
    yield* createTask(stored[1]);
    yield* ensureFuture(stored[2]);
    yield* gather([stored[3]]);
    yield* shield(stored[4]);
    yield* waitFor(stored[5], 100);
    yield* waitFor(stored[6], null);
  });
});

test("lazy awaitables may be stored, in any order, and given to somebody who awaits them", () => {
  virtual(function* () {
    const stored = [sleep(1, 0), sleep(2, 1), sleep(3, 2), sleep(4, 3), sleep(5, 4), sleep(6, 5)] as const;
    assert.equal(yield* createTask(stored[0]), 0);
    assert.equal(yield* ensureFuture(stored[1]), 1);
    assert.deepEqual(yield* gather([stored[2]]), [2]);
    assert.equal(yield* shield(stored[3]), 3);
    assert.equal(yield* waitFor(stored[4], 100), 4);
    assert.equal(yield* stored[5], 5);
  });
});

test("gather takes several sleeps", () => {
  assert.deepEqual(
    virtual(() => gather([sleep(2, "a"), sleep(1, "b")])),
    ["a", "b"],
  );
});

test("sleep(0) with a result counts as awaited", () => {
  assert.equal(
    virtual(() => sleep(0, "rested")),
    "rested",
  );
  virtual(function* () {
    assert.equal(yield* sleep(0, 1), 1);
    assert.equal(yield* sleep(-5, 2), 2);
  });
});

test("a task that was cancelled before its first step is no forgotten coroutine", () => {
  virtual(function* () {
    const task = createTask(work());
    const group = gather([work(), work()]);
    task.cancel();
    group.cancel();
    yield* sleep(1);
    group.exception();
  });
});

test("what ended by an error or a cancellation before it awaited its child forgot the child", () => {
  const reports = reportsOf(function* () {
    const task = createTask(
      (function* () {
        const child = work();
        yield* sleep(100);
        yield* child;
      })(),
    );
    yield* sleep(1);
    task.cancel();
    yield* sleep(1);
  });
  assert.deepEqual(
    reports.map(({ message }) => message),
    [`work() at ${workPlace} ${advice}`],
  );
});

test("on the host's loop a coroutine may be stored over many turns", async () => {
  const reports: ExceptionContext[] = [];
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, context) => reports.push(context));
  await run(
    function* () {
      const stored = [work(), work(), sleep(1)] as const;
      for (let i = 0; i < 3; i++) yield* from(new Promise((resolve) => setImmediate(resolve)));
      yield* stored[0];
      yield* createTask(stored[1]);
      yield* stored[2];
    },
    { loop },
  );
  assert.deepEqual(reports, []);
});

test("one made outside of any loop and awaited in a later run is not reported", () => {
  const coro = work();
  virtual(function* () {
    yield* sleep(1);
    assert.equal(yield* coro, "worked");
  });
});

test("it is reported to the loop it was made on, not to another that closes first", () => {
  const loops = [new VirtualEventLoop(), new VirtualEventLoop()] as const;
  const heard: string[] = [];
  for (const [i, loop] of loops.entries()) {
    loop.setExceptionHandler(() => heard.push(`loop ${i}`));
    loop.runUntilComplete(
      (function* () {
        if (i === 0) work();
        yield* sleep(0);
      })(),
    );
  }
  loops[1].close();
  assert.equal(heard.length, 0);
  loops[0].close();
  assert.deepEqual(heard, ["loop 0"]);
});

test("an awaitable can be awaited once, and the message says so", () => {
  virtual(function* () {
    const lazy = sleep(1);
    yield* lazy;
    let message = "";
    try {
      yield* lazy;
    } catch (error) {
      message = (error as Error).message;
    }
    assert.equal(message, "sleep(1) was awaited already; call it again for each `yield*`");
    const future = new Future<number>();
    future.setResult(1);
    assert.deepEqual([yield* future, yield* future], [1, 1], "a future may be awaited again");
  });
});
