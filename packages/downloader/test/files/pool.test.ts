import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { createTask, isCancelled, run, sleep } from "yieldfrom";
import { failureOf } from "../../../core/test/helpers.ts";
import { News, type NodeCallback, onPool } from "../../src/files/pool.ts";

describe("onPool", () => {
  it("gives what the call gives, or throws what it failed with", async () => {
    await run(function* () {
      assert.equal(yield* onPool<number>((done) => setImmediate(done, null, 5)), 5);
      // At once is all right, too.
      assert.equal(yield* onPool<number>((done) => done(null, 6)), 6);
      const error = new Error("of the call");
      assert.equal(yield* failureOf(onPool((done) => setImmediate(done, error, undefined))), error);
      const start = new Error("of the start");
      const failing = onPool(() => {
        throw start;
      });
      assert.equal(yield* failureOf(failing), start);
    });
  });

  it("waits for the end of the call, however often it is cancelled", async () => {
    await run(function* () {
      let done: NodeCallback<void> | undefined;
      const task = createTask(
        onPool((callback) => {
          done = callback;
        }),
      );
      for (let count = 0; count < 3; count++) {
        yield* sleep(0);
        task.cancel();
      }
      yield* sleep(1);
      assert.ok(!task.done());
      setImmediate(done as NodeCallback<void>, null, undefined);
      assert.ok(isCancelled(yield* failureOf(task)));
    });
  });

  it("can be cancelled at each point", async () => {
    assert.ok((await cancelEverywhere(() => onPool((done) => setImmediate(done, null, undefined)))) > 0);
  });
});

describe("News", () => {
  it("are for all who wait, and for nobody else", async () => {
    await run(function* () {
      const news = new News();
      news.tell();
      const waiters = [createTask(news.wait()), createTask(news.wait())];
      yield* sleep(1);
      assert.deepEqual(
        waiters.map((waiter) => waiter.done()),
        [false, false],
      );
      waiters[0]?.cancel();
      setImmediate(() => news.tell());
      for (const waiter of waiters.slice(1)) yield* waiter;
      assert.ok(waiters[0]?.cancelled());
    });
  });
});
