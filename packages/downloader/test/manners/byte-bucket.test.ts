import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, getRunningLoop, isCancelled, sleep, taskGroup } from "yieldfrom";
import { failureOf, virtual } from "../../../core/test/helpers.ts";
import { ByteBucket } from "../../src/manners/byte-bucket.ts";

function now(): number {
  return getRunningLoop().time();
}

/** Takes `size` bytes in chunks; when it was through. */
function* transfer(bucket: ByteBucket, size: number, chunk: number): Coroutine<number> {
  for (let left = size; left > 0; left -= chunk) yield* bucket.take(Math.min(chunk, left));
  return now();
}

/** The bucket, with nothing saved in it. */
function emptyBucket(bytesPerSecond: number): ByteBucket {
  const bucket = new ByteBucket(bytesPerSecond);
  assert.equal(bucket.charge(bytesPerSecond / 10), 0);
  return bucket;
}

test("so many bytes a second", () => {
  virtual(function* () {
    assert.equal(yield* transfer(emptyBucket(1_000_000), 10_000_000, 64_000), 10_000);
  });
});

test("what is there is taken without waiting: a tenth of a second's", () => {
  virtual(function* () {
    const bucket = new ByteBucket(1000);
    assert.equal(bucket.charge(60), 0);
    assert.equal(bucket.charge(40), 0);
    assert.equal(bucket.charge(10), 10);
  });
});

test("no more than that is saved, however long nobody took any", () => {
  virtual(function* () {
    const bucket = new ByteBucket(1000);
    yield* sleep(1e9);
    assert.equal(bucket.charge(200), 100);
  });
});

test("a chunk may be larger than what the bucket ever holds", () => {
  virtual(function* () {
    const bucket = emptyBucket(1000);
    yield* bucket.take(5000);
    assert.equal(now(), 5000);
  });
});

test("all transfers together have the rate, and each its share, whatever comes in between", () => {
  virtual(function* () {
    const bucket = emptyBucket(1_000_000);
    const ends = yield* taskGroup(function* (group) {
      const tasks = [1, 2, 3, 4].map(() => group.createTask(transfer(bucket, 1_000_000, 10_000)));
      return yield* (function* () {
        const all: number[] = [];
        for (const task of tasks) all.push(yield* task);
        return all;
      })();
    });
    assert.deepEqual(ends.map(Math.round), [3970, 3980, 3990, 4000]);
  });
});

test("one that takes much does not starve one that takes little: they are served in the order they took", () => {
  virtual(function* () {
    const bucket = emptyBucket(1000);
    const order: [string, number][] = [];
    function* taker(name: string, n: number): Coroutine<void> {
      yield* bucket.take(n);
      order.push([name, now()]);
    }
    yield* taskGroup(function* (group) {
      group.createTask(taker("much", 3000));
      group.createTask(taker("little", 10));
      group.createTask(taker("some", 100));
    });
    assert.deepEqual(order, [
      ["much", 3000],
      ["little", 3010],
      ["some", 3110],
    ]);
  });
});

test("there is no drift, however uneven the chunks are and the times between them", () => {
  virtual(function* () {
    const bucket = emptyBucket(1_000_000);
    let taken = 0;
    for (let i = 0; i < 2000; i++) {
      const n = 1 + ((i * 7919) % 5000);
      yield* bucket.take(n);
      yield* sleep(i % 3);
      taken += n;
    }
    assert.ok(Math.abs(now() - taken / 1000) < 2, `${now()} ms for ${taken} bytes`);
  });
});

describe("one that is cancelled while it waits", () => {
  test("leaves its debt: its bytes came", () => {
    virtual(function* () {
      const bucket = emptyBucket(1000);
      const task = createTask(bucket.take(500));
      yield* sleep(100);
      task.cancel();
      assert.ok(isCancelled(yield* failureOf(task)));
      yield* bucket.take(100);
      assert.equal(now(), 600);
    });
  });

  test("leaves nothing else", async () => {
    const points = await cancelEverywhere(function* () {
      yield* new ByteBucket(10_000).take(1010);
    });
    assert.ok(points > 0);
  });
});
