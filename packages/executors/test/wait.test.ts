import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { createTask, FIRST_COMPLETED, FIRST_EXCEPTION, run, sleep } from "yieldfrom";
import { Future } from "../src/future.ts";
import { wait } from "../src/wait.ts";

function futures(count: number): Future<number>[] {
  return Array.from({ length: count }, (_, index) => new Future<number>(`job ${index}`));
}

/** How many callbacks a future holds. */
function listeners(future: Future<unknown>): number {
  return (future as unknown as { _callbacks?: unknown[] })._callbacks?.length ?? 0;
}

describe("wait of futures", () => {
  test("gives all that are done, when all are", async () => {
    const [a, b, c] = futures(3) as [Future<number>, Future<number>, Future<number>];
    a.setResult(1);
    const waiting = wait([a, b, c, a]);
    b.setException(new Error("no"));
    assert.equal(waiting.done(), false);
    c.cancel();
    const { done, notDone } = await waiting;
    assert.deepEqual([done, notDone], [new Set([a, b, c]), new Set()]);
    assert.equal((b.exception() as Error).message, "no");
  });

  test("reads the same in a coroutine", async () => {
    const [a, b] = futures(2) as [Future<number>, Future<number>];
    const { done, notDone } = await run(function* () {
      setImmediate(() => b.setResult(2));
      return yield* wait([a, b], { returnWhen: FIRST_COMPLETED });
    });
    assert.deepEqual([[...done], [...notDone]], [[b], [a]]);
  });

  test("FIRST_EXCEPTION: a cancelled one is no failed one", async () => {
    const [a, b, c] = futures(3) as [Future<number>, Future<number>, Future<number>];
    const waiting = wait([a, b, c], { returnWhen: FIRST_EXCEPTION });
    a.cancel();
    assert.equal(waiting.done(), false);
    b.setException(new Error("no"));
    const { done } = await waiting;
    assert.deepEqual(done, new Set([a, b]));
    b.exception();
  });

  test("what is done already may be enough", async () => {
    const [a, b, c] = futures(3) as [Future<number>, Future<number>, Future<number>];
    a.setResult(1);
    b.setException(new Error("no"));
    for (const returnWhen of [FIRST_COMPLETED, FIRST_EXCEPTION] as const) {
      const { done, notDone } = await wait([a, b, c], { returnWhen });
      assert.deepEqual([done, notDone], [new Set([a, b]), new Set([c])]);
    }
    assert.equal(listeners(c), 0);
    b.exception();
    assert.deepEqual(await wait([]), { done: new Set(), notDone: new Set() });
  });

  test("after `timeout` gives what is done by then, cancels nothing and listens no longer", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const [a, b] = futures(2) as [Future<number>, Future<number>];
    const waiting = wait([a, b], { timeout: 1000 });
    a.setResult(1);
    t.mock.timers.tick(999);
    assert.equal(waiting.done(), false);
    t.mock.timers.tick(1);
    assert.deepEqual(waiting.result(), { done: new Set([a]), notDone: new Set([b]) });
    assert.deepEqual([b.state, listeners(b)], ["PENDING", 0]);
  });

  test("a task cancelled while it waits leaves the futures alone", async () => {
    const [a] = futures(1) as [Future<number>];
    await run(function* () {
      const task = createTask(
        (function* () {
          yield* wait([a], { timeout: 60_000 });
        })(),
      );
      yield* sleep(0);
      assert.equal(listeners(a), 1);
      task.cancel();
      yield* sleep(0);
      yield* sleep(0);
      assert.equal(task.cancelled(), true);
    });
    assert.deepEqual([a.state, listeners(a)], ["PENDING", 0]);
    const points = await cancelEverywhere(function* () {
      const [one, two] = futures(2) as [Future<number>, Future<number>];
      setImmediate(() => one.setResult(1));
      setImmediate(() => two.setResult(1));
      yield* wait([one, two], { timeout: 60_000 });
    });
    assert.ok(points > 1);
  });

  test("wrong arguments are named", () => {
    const [a] = futures(1) as [Future<number>];
    assert.throws(() => wait(a as never), /^TypeError: Expected a list of futures for wait\(\), got <Future pending/);
    assert.throws(() => wait(undefined as never), /^TypeError: Expected a list of futures for wait\(\), got undefined/);
    assert.throws(
      () => wait([Promise.resolve(1) as never]),
      /^TypeError: wait\(\) of @yieldfrom\/executors takes futures of executors, got Promise.* import wait from "yieldfrom"/s,
    );
    assert.throws(() => wait([a], { returnWhen: "SOON" as never }), /^RangeError: Expected `returnWhen` .* got 'SOON'/);
    assert.throws(() => wait([a], { timeout: Number.NaN }), /^RangeError: Expected `timeout` of wait\(\) .* got NaN/);
  });
});
