import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HostPace } from "../../src/manners/pace.ts";

/** `count` requests of the current epoch go well. */
function succeed(pace: HostPace, count: number): void {
  for (let i = 0; i < count; i++) pace.succeeded(pace.epoch);
}

describe("the limit", () => {
  test("is halved, of what was under way", () => {
    const pace = new HostPace(20);
    assert.equal(pace.slowDown(0, 20, true, 0), true);
    assert.equal(pace.limit, 10);
    assert.equal(pace.slowDown(1, 5, true, 0), true);
    assert.equal(pace.limit, 2);
    pace.slowDown(2, 2, true, 0);
    pace.slowDown(3, 1, true, 0);
    assert.equal(pace.limit, 1);
  });

  test("is halved once for a burst: what was sent before tells nothing more", () => {
    const pace = new HostPace(16);
    for (let active = 16; active > 0; active--) assert.equal(pace.slowDown(0, active, true, 0), true);
    assert.deepEqual([pace.limit, pace.refusals, pace.epoch], [8, 1, 1]);
    pace.succeeded(0);
    assert.equal(pace.refusals, 1);
  });

  test("grows by one for each round, and with care to where it was too much", () => {
    const pace = new HostPace(20);
    pace.slowDown(0, 8, true, 0);
    assert.equal(pace.limit, 4);
    succeed(pace, 4);
    assert.equal(pace.limit, 5);
    succeed(pace, 5 + 6);
    assert.equal(pace.limit, 7);
    succeed(pace, 7 * 8 - 1);
    assert.equal(pace.limit, 7);
    succeed(pace, 1);
    assert.equal(pace.limit, 8);
    // Too much again: with twice the care.
    pace.slowDown(pace.epoch, 8, true, 0);
    succeed(pace, 4 + 5 + 6 + 7 * 16 - 1);
    assert.equal(pace.limit, 7);
    succeed(pace, 1);
    assert.equal(pace.limit, 8);
  });

  test("does not grow beyond what it was", () => {
    const pace = new HostPace(3);
    pace.slowDown(0, 3, true, 0);
    succeed(pace, 1000);
    assert.equal(pace.limit, 3);
  });
});

describe("a doubtful refusal", () => {
  test("counts from the second in a row", () => {
    const pace = new HostPace(20);
    assert.equal(pace.slowDown(0, 20, false, 0), false);
    assert.deepEqual([pace.limit, pace.epoch], [20, 0]);
    assert.equal(pace.slowDown(0, 19, false, 0), true);
    assert.deepEqual([pace.limit, pace.epoch], [9, 1]);
  });

  test("is made up for by five requests that go well", () => {
    const pace = new HostPace(20);
    for (let i = 0; i < 10; i++) {
      assert.equal(pace.slowDown(0, 20, false, 0), false);
      for (let good = 0; good < 5; good++) pace.succeeded(0);
    }
    assert.equal(pace.limit, 20);
  });

  test("counts in the long run, if every other request is refused", () => {
    const pace = new HostPace(20);
    const seen: boolean[] = [];
    for (let i = 0; i < 3; i++) {
      seen.push(pace.slowDown(0, 20, false, 0));
      pace.succeeded(0);
    }
    assert.deepEqual(seen, [false, false, true]);
  });
});

describe("the gap", () => {
  test("is what the host has taken, when one at a time is too much", () => {
    const pace = new HostPace(1);
    pace.slowDown(0, 1, true, 1000);
    assert.equal(pace.gap, 0);
    succeed(pace, 4);
    pace.slowDown(1, 1, true, 3000);
    assert.equal(pace.gap, 500);
  });

  test("grows if it was too short, and shrinks with what goes well", () => {
    const pace = new HostPace(1);
    pace.slowDown(0, 1, true, 0);
    succeed(pace, 1);
    pace.slowDown(1, 1, true, 100);
    assert.equal(pace.gap, 100);
    succeed(pace, 10);
    const shrunk = pace.gap;
    assert.ok(shrunk < 90 && shrunk > 80, `${shrunk}`);
    pace.slowDown(2, 1, true, 200);
    assert.equal(pace.gap, shrunk * 1.25);
  });

  test("holds the limit at one, until it holds up nothing", () => {
    const pace = new HostPace(4);
    pace.slowDown(0, 1, true, 0);
    succeed(pace, 1);
    pace.slowDown(1, 1, true, 100);
    succeed(pace, 100);
    assert.equal(pace.limit, 1);
    pace.notHeldUp();
    succeed(pace, 8);
    assert.equal(pace.limit, 2);
  });

  test("is not made by a pause that was too short: nothing was taken", () => {
    const pace = new HostPace(1);
    for (let i = 0; i < 3; i++) pace.slowDown(i, 1, true, 1000 * i);
    assert.deepEqual([pace.gap, pace.refusals], [0, 3]);
  });
});
