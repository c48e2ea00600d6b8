import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cancelEverywhere } from "@yieldfrom/testing";
import { type Coroutine, createTask, getRunningLoop, isCancelled, sleep, taskGroup } from "yieldfrom";
import { failureOf, virtual } from "../../../core/test/helpers.ts";
import { Rate } from "../../src/manners/rate.ts";

function now(): number {
  return getRunningLoop().time();
}

/** When each of `count` tasks that ask at once is served, in the order they asked. */
function* served(rate: Rate, count: number): Coroutine<number[]> {
  const times: number[] = [];
  yield* taskGroup(function* (group) {
    for (let i = 0; i < count; i++) {
      group.createTask(
        (function* () {
          yield* rate.take();
          times[i] = now();
        })(),
      );
    }
  });
  return times;
}

test("so many a second, in the order they came", () => {
  virtual(function* () {
    assert.deepEqual(yield* served(new Rate(10), 5), [0, 100, 200, 300, 400]);
  });
});

test("fewer than one a second", () => {
  virtual(function* () {
    assert.deepEqual(yield* served(new Rate(0.5), 3), [0, 2000, 4000]);
  });
});

test("nothing is saved up while nobody asks", () => {
  virtual(function* () {
    const rate = new Rate(10);
    yield* served(rate, 1);
    yield* sleep(10_000);
    assert.deepEqual(yield* served(rate, 3), [10_000, 10_100, 10_200]);
  });
});

test("many more a second than the loop has turns: the rate is kept", () => {
  virtual(function* () {
    const times = yield* served(new Rate(5000), 10_000);
    assert.ok(Math.abs((times.at(-1) as number) - 2000) < 25, `${times.at(-1)}`);
  });
});

test("those that come a little late don't lower the rate", () => {
  virtual(function* () {
    const rate = new Rate(100);
    for (let i = 0; i < 1000; i++) {
      yield* rate.take();
      yield* sleep(i % 10 === 0 ? 19 : 5);
    }
    assert.ok(now() < 10_020, `${now()}`);
  });
});

describe("one that is cancelled", () => {
  test("takes no turn, first in line or behind", () => {
    virtual(function* () {
      const rate = new Rate(10);
      yield* rate.take();
      const tasks = [0, 1, 2, 3].map(() =>
        createTask(
          (function* () {
            yield* rate.take();
            return now();
          })(),
        ),
      );
      yield* sleep(50);
      tasks[0]?.cancel();
      tasks[2]?.cancel();
      for (const i of [0, 2]) assert.ok(isCancelled(yield* failureOf(tasks[i] as NonNullable<(typeof tasks)[0]>)));
      assert.deepEqual([yield* tasks[1]!, yield* tasks[3]!], [100, 200]);
    });
  });

  test("leaves nothing", async () => {
    const points = await cancelEverywhere(function* () {
      const rate = new Rate(1000);
      yield* served(rate, 3);
    });
    assert.ok(points > 0);
  });
});
