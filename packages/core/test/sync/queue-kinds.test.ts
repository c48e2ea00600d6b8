import assert from "node:assert/strict";
import { test } from "node:test";
import { createTask, LifoQueue, PriorityQueue, Queue, QueueShutDown, sleep } from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

test("a LifoQueue gives the last first, a PriorityQueue the smallest", () => {
  virtual(function* () {
    const last = new LifoQueue<number>();
    const smallest = new PriorityQueue<number>();
    for (const item of [2, 1, 3]) {
      last.putNowait(item);
      yield* smallest.put(item);
    }
    assert.deepEqual([last.getNowait(), last.getNowait(), last.getNowait()], [3, 1, 2]);
    assert.deepEqual([yield* smallest.get(), yield* smallest.get(), yield* smallest.get()], [1, 2, 3]);
  });
});

test("a PriorityQueue compares arrays member by member, as numbers where they are", () => {
  const queue = new PriorityQueue<[number, string]>();
  for (const item of [[10, "a"], [9, "b"], [9, "a"], [9]] as [number, string][]) queue.putNowait(item);
  assert.deepEqual(
    [queue.getNowait(), queue.getNowait(), queue.getNowait(), queue.getNowait()],
    [[9], [9, "a"], [9, "b"], [10, "a"]],
  );
});

test("shutdown: puts fail at once, gets take what is left and then fail; all who wait are woken", () => {
  virtual(function* () {
    const full = new Queue<number>(1);
    full.putNowait(1);
    const putter = createTask(full.put(2));
    const empty = new Queue<number>();
    const getter = createTask(empty.get());
    yield* sleep(1);
    full.shutdown();
    empty.shutdown();
    assert.ok((yield* failureOf(putter)) instanceof QueueShutDown);
    assert.ok((yield* failureOf(getter)) instanceof QueueShutDown);
    assert.match(String(yield* failureOf(full.put(3))), /nothing can be put any more/);
    assert.equal(yield* full.get(), 1);
    assert.match(
      String(yield* failureOf(full.get())),
      /^QueueShutDown: <Queue size=0 maxSize=1 shutdown getters=0 putters=0> was shut down and is empty/,
    );
    assert.throws(() => full.getNowait(), QueueShutDown);
  });
});

test("shutdown(true) drops what is left and counts it as dealt with", () => {
  virtual(function* () {
    const queue = new Queue<number>();
    queue.putNowait(1);
    queue.putNowait(2);
    const joined = createTask(queue.join());
    yield* sleep(1);
    queue.shutdown(true);
    yield* joined;
    assert.equal(queue.empty(), true);
  });
});
