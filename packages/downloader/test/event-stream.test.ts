import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTask, run, sleep } from "yieldfrom";
import { EventStream } from "../src/event-stream.ts";

const MANY = 4096;

describe("an EventStream", () => {
  it("gives its events in their order, and null at the end", async () => {
    const stream = new EventStream<number>();
    const first = stream.take();
    for (let i = 0; i < 5; i++) stream.put(i);
    stream.end();
    assert.equal(await first, 0);
    for (let i = 1; i < 5; i++) assert.equal(await stream.take(), i);
    assert.equal(await stream.take(), null);
    assert.equal(await stream.take(), null);
  });

  it("gives an error once, after what was there", async () => {
    const stream = new EventStream<number>();
    stream.put(1);
    stream.fail(new Error("lost"));
    assert.equal(await stream.take(), 1);
    await assert.rejects(stream.take(), /lost/);
    assert.equal(await stream.take(), null);
  });

  it("lets its writers wait from some thousands on, until there is room or no reader", async () => {
    for (const relieve of ["read", "close"] as const) {
      const stream = new EventStream<number>();
      for (let i = 0; i < MANY - 1; i++) stream.put(i);
      assert.equal(stream.isFull, false);
      stream.put(MANY - 1);
      assert.equal(stream.isFull, true);
      await run(function* () {
        const waiting = createTask(stream.room());
        yield* sleep(1);
        assert.equal(waiting.done(), false);
        if (relieve === "close") stream.close();
        else for (let i = 0; i <= MANY / 2; i++) void stream.take();
        yield* waiting;
      });
    }
  });

  it("takes nothing more when nobody reads", async () => {
    const stream = new EventStream<number>();
    const waiting = stream.take();
    stream.close();
    assert.equal(await waiting, null);
    for (let i = 0; i < 2 * MANY; i++) stream.put(i);
    assert.equal(stream.isFull, false);
    assert.equal(await stream.take(), null);
  });
});
