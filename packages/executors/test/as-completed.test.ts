import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { run, TimeoutError } from "yieldfrom";
import { asCompleted } from "../src/as-completed.ts";
import { Future } from "../src/future.ts";

type Three = [Future<number>, Future<number>, Future<number>];

function three(): Three {
  return [new Future<number>("a"), new Future<number>("b"), new Future<number>("c")];
}

function listeners(future: Future<unknown>): number {
  return (future as unknown as { _callbacks?: unknown[] })._callbacks?.length ?? 0;
}

describe("asCompleted of futures", () => {
  test("gives the results as they come, in an async function", async () => {
    const [a, b, c] = three();
    c.setResult(3);
    const seen: number[] = [];
    setImmediate(() => a.setResult(1));
    setImmediate(() => b.setResult(2));
    for await (const result of asCompleted([a, b, c, c])) seen.push(result);
    assert.deepEqual(seen, [3, 1, 2]);
  });

  test("… and in a coroutine", async () => {
    const [a, b, c] = three();
    const seen = await run(function* () {
      setImmediate(() => b.setResult(2));
      setImmediate(() => c.setResult(3));
      setImmediate(() => a.setResult(1));
      const seen: number[] = [];
      const all = asCompleted([a, b, c]);
      assert.equal(all.length, 3);
      for (const next of all) seen.push(yield* next);
      return seen;
    });
    assert.deepEqual(seen, [2, 3, 1]);
  });

  test("throws the error of one that failed, or was cancelled", async () => {
    const [a, b, c] = three();
    a.setException(new RangeError("no"));
    b.cancel();
    c.setResult(3);
    const outcomes = await Promise.allSettled(asCompleted([a, b, c]));
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : outcome.reason.name)),
      ["RangeError", "CancelledError", 3],
    );
  });

  test("gives the futures themselves, when asked for them", async () => {
    const [a, b, c] = three();
    setImmediate(() => b.setException(new Error("no")));
    setImmediate(() => a.cancel());
    setImmediate(() => c.setResult(3));
    const seen: Future<number>[] = [];
    for await (const [future] of asCompleted([a, b, c], { timeout: 60_000 }).futures()) {
      assert.equal(future.done(), true);
      seen.push(future);
    }
    assert.deepEqual(seen, [b, a, c]);
    b.exception();
    await run(function* () {
      for (const next of asCompleted([c]).futures()) assert.deepEqual(yield* next, [c]);
    });
    assert.equal(process.getActiveResourcesInfo().includes("Timeout"), false);
  });

  test("of none gives none, and what is left early is left alone", async () => {
    for await (const _ of asCompleted([])) assert.fail("there is none");
    const [a, b, c] = three();
    a.setResult(1);
    for await (const result of asCompleted([a, b, c], { timeout: 60_000 })) {
      assert.equal(result, 1);
      break;
    }
    {
      using _all = asCompleted([a, b, c], { timeout: 60_000 });
    }
    assert.throws(() => {
      for (const _ of asCompleted([b])) throw new Error("body");
    }, /body/);
    assert.deepEqual([b.state, listeners(b), listeners(c)], ["PENDING", 0, 0]);
    assert.equal(process.getActiveResourcesInfo().includes("Timeout"), false);
  });

  test("left early, what was asked for and is not there is cancelled: nobody waits for ever", async () => {
    const [a, b, c] = three();
    a.setResult(1);
    const all = asCompleted([a, b, c], { timeout: 60_000 });
    const [first, second] = [all.next().value, all.next().value];
    const waiting = assert.rejects(Promise.resolve(second), /CancelledError/);
    all.return();
    assert.deepEqual(all.next(), { done: true, value: undefined });
    assert.equal(await first, 1);
    await waiting;
    assert.deepEqual([b.state, listeners(b), listeners(c)], ["PENDING", 0, 0]);
    assert.equal(process.getActiveResourcesInfo().includes("Timeout"), false);
  });

  test("throws TimeoutError in place of those that are late, which are not cancelled", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const [a, b, c] = three();
    const seen: number[] = [];
    const loop = async () => {
      for await (const result of asCompleted([a, b, c], { timeout: 1000 })) seen.push(result);
    };
    const looping = loop();
    a.setResult(1);
    await new Promise((resolve) => setImmediate(resolve));
    t.mock.timers.tick(1000);
    await assert.rejects(looping, (error: Error) => {
      assert.ok(error instanceof TimeoutError);
      assert.equal(error.message, "2 of 3 futures were not done 1000 ms after asCompleted() was called.");
      return true;
    });
    assert.deepEqual([seen, b.state, listeners(b)], [[1], "PENDING", 0]);
  });

  test("may be asked for several at a time, and one whose wait is cancelled gives its turn away", async () => {
    const [a, b, c] = three();
    const all = asCompleted([a, b, c])[Symbol.asyncIterator]();
    const asked = [all.next(), all.next(), all.next(), all.next()];
    c.setResult(3);
    a.setResult(1);
    b.setResult(2);
    const results = await Promise.all(asked);
    assert.deepEqual(
      results.map(({ value }) => value),
      [3, 1, 2, undefined],
    );
    const points = await cancelEverywhere(function* () {
      const futures = three();
      for (const future of futures) setImmediate(() => future.setResult(1));
      for (const next of asCompleted(futures, { timeout: 60_000 })) yield* next;
    });
    assert.ok(points > 2);
  });

  test("wrong arguments are named", () => {
    assert.throws(
      () => asCompleted([1 as never]),
      /^TypeError: asCompleted\(\) of @yieldfrom\/executors takes futures/,
    );
    assert.throws(
      () => asCompleted([], { timeout: "1" as never }),
      /^RangeError: Expected `timeout` of asCompleted\(\)/,
    );
  });
});
