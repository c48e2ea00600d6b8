import assert from "node:assert/strict";
import { test } from "node:test";
import { Barrier, BrokenBarrierError, createTask, gather, sleep } from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

test("all go on when the last has arrived, each with the number of its arrival; and again", () => {
  virtual(function* () {
    const barrier = new Barrier(3);
    for (let round = 0; round < 2; round++) {
      const early = [createTask(barrier.wait()), createTask(barrier.wait())];
      yield* sleep(1);
      assert.equal(barrier.nWaiting, 2);
      assert.equal(`${barrier}`, "<Barrier filling 2/3>");
      assert.equal(yield* barrier, 2);
      assert.deepEqual(yield* gather(early), [0, 1]);
      assert.equal(barrier.nWaiting, 0);
    }
  });
});

test("a cancelled task only leaves: the others wait on for another one", () => {
  virtual(function* () {
    const barrier = new Barrier(2);
    const task = createTask(barrier.wait());
    yield* sleep(1);
    task.cancel();
    yield* failureOf(task);
    assert.equal(barrier.nWaiting, 0);
    assert.equal(barrier.broken, false);
    const other = createTask(barrier.wait());
    yield* sleep(1);
    assert.equal(yield* barrier.wait(), 1);
    assert.equal(yield* other, 0);
  });
});

test("abort breaks it for those inside and those who come, until it is reset", () => {
  virtual(function* () {
    const barrier = new Barrier(2);
    const task = createTask(barrier.wait());
    yield* sleep(1);
    yield* barrier.abort();
    assert.equal(barrier.broken, true);
    assert.ok((yield* failureOf(task)) instanceof BrokenBarrierError);
    assert.match(String(yield* failureOf(barrier.wait())), /was aborted; reset\(\) makes it usable again/);
    yield* barrier.reset();
    assert.equal(barrier.broken, false);
    assert.deepEqual(yield* gather([barrier.wait(), barrier.wait()]), [0, 1]);
  });
});

test("reset turns out those who wait, and it fills again", () => {
  virtual(function* () {
    const barrier = new Barrier(2);
    const task = createTask(barrier.wait());
    yield* sleep(1);
    yield* barrier.reset();
    assert.match(String(yield* failureOf(task)), /BrokenBarrierError: <Barrier resetting 1\/2> was reset or aborted/);
    assert.deepEqual(yield* gather([barrier.wait(), barrier.wait()]), [0, 1]);
  });
});

test("parties must be a whole number of at least 1", () => {
  for (const parties of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => new Barrier(parties), {
      name: "RangeError",
      message: `Expected \`parties\` of a Barrier to be a whole number of at least 1, got ${parties}`,
    });
  }
});
