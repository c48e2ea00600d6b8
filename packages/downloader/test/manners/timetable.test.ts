import assert from "node:assert/strict";
import { test } from "node:test";
import { getRunningLoop, sleep, type TimerHandle } from "yieldfrom";
import { virtual } from "../../../core/test/helpers.ts";
import { Timetable } from "../../src/manners/timetable.ts";

function now(): number {
  return getRunningLoop().time();
}

test("each comes at its time, in whatever order they were put", () => {
  virtual(function* () {
    const seen: [string, number][] = [];
    const table = new Timetable<string>((what) => seen.push([what, now()]));
    for (const [when, what] of [
      [300, "c"],
      [100, "a"],
      [200, "b1"],
      [200, "b2"],
      [-5, "at once"],
      [200, "b3"],
    ] as const) {
      table.put(when, what);
    }
    assert.equal(table.size, 6);
    yield* sleep(1000);
    assert.deepEqual(seen, [
      ["at once", 0],
      ["a", 100],
      ["b1", 200],
      ["b2", 200],
      ["b3", 200],
      ["c", 300],
    ]);
    assert.equal(table.size, 0);
  });
});

test("what comes may put others", () => {
  virtual(function* () {
    const seen: number[] = [];
    const table = new Timetable<number>((left) => {
      seen.push(now());
      if (left > 0) table.put(now() + 100, left - 1);
    });
    table.put(50, 3);
    yield* sleep(1000);
    assert.deepEqual(seen, [50, 150, 250, 350]);
  });
});

test("thousands of them are one timer of the loop, which is gone when all are taken out", () => {
  virtual(function* () {
    const loop = getRunningLoop();
    const timers: TimerHandle[] = [];
    const callAt = loop.callAt.bind(loop);
    loop.callAt = (...args) => {
      const timer = callAt(...args);
      timers.push(timer);
      return timer;
    };
    const living = () => timers.filter((timer) => !timer.cancelled()).length;
    const table = new Timetable<number>(() => assert.fail("not due"));
    for (let i = 0; i < 5000; i++) table.put(1000 + ((i * 7919) % 5000), i);
    assert.equal(living(), 1);
    assert.equal(table.clear().length, 5000);
    assert.deepEqual([living(), table.size], [0, 0]);
  });
});
