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

/** One at a time, and refused at 0: from there on it is measured. */
function measuring(most = 1): HostPace {
  const pace = new HostPace(most);
  pace.slowDown(0, 1, true, 0);
  return pace;
}

/** A gap of 100 ms. */
function gapped(most = 1): HostPace {
  const pace = measuring(most);
  succeed(pace, 5);
  pace.slowDown(1, 1, true, 500);
  assert.equal(pace.gap, 100);
  return pace;
}

describe("the gap", () => {
  test("is what was taken between refusals, once it was enough to tell", () => {
    const pace = measuring();
    assert.equal(pace.gap, 0);
    succeed(pace, 2);
    pace.slowDown(1, 1, true, 1500);
    assert.equal(pace.gap, 0);
    pace.slowDown(2, 1, true, 2000);
    succeed(pace, 2);
    pace.slowDown(3, 1, true, 4000);
    assert.equal(pace.gap, 1000);
  });

  test("grows if it is too short, to twice as much at most, and shrinks with what goes well", () => {
    const pace = gapped();
    succeed(pace, 10);
    const shrunk = pace.gap;
    assert.ok(shrunk < 90 && shrunk > 80, `${shrunk}`);
    pace.slowDown(2, 1, true, 9999);
    assert.equal(pace.gap, shrunk * 1.25);
    for (let i = 0; i < 10; i++) {
      succeed(pace, 1);
      pace.slowDown(pace.epoch, 1, true, 99_999);
    }
    assert.equal(pace.gap, 200);
  });

  test("is never longer than ten seconds", () => {
    const pace = measuring();
    succeed(pace, 4);
    pace.slowDown(1, 1, true, 1e6);
    assert.equal(pace.gap, 10_000);
    succeed(pace, 1);
    pace.slowDown(2, 1, true, 2e6);
    assert.equal(pace.gap, 10_000);
  });

  test("is measured anew if the host refuses three times in a row nevertheless", () => {
    const pace = gapped();
    succeed(pace, 1);
    pace.slowDown(2, 1, true, 600);
    pace.slowDown(3, 1, true, 700);
    assert.ok(pace.gap > 0);
    pace.slowDown(4, 1, true, 800);
    assert.equal(pace.gap, 0);
    succeed(pace, 4);
    pace.slowDown(5, 1, true, 2800);
    assert.equal(pace.gap, 500);
  });

  test("holds the limit at one, until it holds up nothing", () => {
    const pace = gapped(4);
    succeed(pace, 100);
    assert.equal(pace.limit, 1);
    pace.notHeldUp();
    succeed(pace, 8);
    assert.equal(pace.limit, 2);
  });

  test("is not for a host that may have refused for other reasons", () => {
    const pace = new HostPace(1);
    for (let i = 1; i <= 20; i++) {
      pace.slowDown(pace.epoch, 1, false, 1000 * i);
      pace.slowDown(pace.epoch, 1, false, 1000 * i);
      succeed(pace, 5);
    }
    assert.ok(pace.epoch > 10);
    assert.equal(pace.gap, 0);
  });
});

test("refusals in a row are counted from the first one", () => {
  const pace = new HostPace(8);
  pace.slowDown(0, 8, true, 100);
  pace.slowDown(1, 4, true, 200);
  assert.deepEqual([pace.refusals, pace.refusedSince], [2, 100]);
  pace.succeeded(2);
  assert.equal(pace.refusals, 0);
  pace.slowDown(2, 2, true, 300);
  assert.deepEqual([pace.refusals, pace.refusedSince], [1, 300]);
});
