import assert from "node:assert/strict";
import { test } from "node:test";
import { Gauge } from "../../../src/cli/screen/gauge.ts";
import { file, type TestView, testView } from "./view.ts";

/** A gauge of `view` with a clock; `go` samples it each 100 ms and changes the view before. */
function started(view: TestView) {
  let now = 1000;
  const gauge = new Gauge(view, () => now);
  const go = (milliseconds: number, change: (elapsed: number) => void = () => {}) => {
    for (const end = now + milliseconds; now < end; ) {
      now += 100;
      change(now - 1000);
      gauge.sample();
    }
  };
  return { gauge, go };
}

test("files and bytes a second, and the time left", () => {
  const view = testView({ total: 1000 });
  const { gauge, go } = started(view);
  assert.deepEqual([gauge.fileRate, gauge.byteRate, gauge.remaining, gauge.fraction], [null, 0, null, 0]);
  go(10_000, (elapsed) => {
    view.done = elapsed / 20;
    view.bytes = elapsed * 7;
  });
  assert.equal(Math.round(gauge.fileRate ?? 0), 50);
  assert.equal(Math.round(gauge.byteRate), 7000);
  assert.equal(Math.round(gauge.meanByteRate), 7000);
  assert.equal(Math.round(gauge.remaining ?? 0), 10_000);
  assert.equal(gauge.fraction, 0.5);
  assert.equal(gauge.elapsed, 10_000);
});

test("skipped files take no time", () => {
  const view = testView({ total: 1000, skipped: 900 });
  const { gauge, go } = started(view);
  go(5000, (elapsed) => {
    view.done = elapsed / 100;
  });
  assert.equal(Math.round(gauge.fileRate ?? 0), 10);
  assert.equal(Math.round(gauge.remaining ?? 0), 5000);
  assert.equal(gauge.fraction, 0.95);
});

test("a large file counts as it comes; what was there from before is left out of the rates", () => {
  const big = { ...file("big", { total: 1000 }), bytes: 500, received: 0 };
  const view = testView({ total: 1, active: [big] });
  const { gauge, go } = started(view);
  go(10_000, (elapsed) => {
    big.received = view.bytes = elapsed / 40;
    big.bytes = 500 + big.received;
  });
  assert.equal(Math.round(gauge.byteRate), 25);
  assert.equal(Math.round(gauge.fileRate! * 1000), 50, "half of what is to come, in ten seconds");
  assert.equal(Math.round(gauge.remaining ?? 0), 10_000);
  assert.equal(gauge.fraction, 0.5);
});

test("when the bytes that are left are known they tell how far it is", () => {
  const big = { ...file("big"), bytes: 0, received: 0 };
  const view = testView({ total: 100, skipped: 50, done: 49, saved: 100, totalBytes: 1000, active: [big] });
  const { gauge, go } = started(view);
  go(1000, () => {
    big.bytes += 10;
    view.bytes += 10;
  });
  assert.equal(gauge.fraction, 0.6);
  assert.equal(Math.round(gauge.remaining ?? 0), 8000);
  go(6000);
  assert.equal(gauge.byteRate, 0);
  assert.equal(gauge.remaining, null, "as nothing comes nobody knows when the rest will");
});

test("a file that begins anew takes its part back", () => {
  const big = { ...file("big", { total: 1000 }), bytes: 800, received: 800 };
  const view = testView({ total: 2, active: [big] });
  const { gauge, go } = started(view);
  go(100);
  assert.equal(gauge.fraction, 0.4);
  big.bytes = 0;
  go(100);
  assert.equal(gauge.fraction, 0);
});

test("nothing to do at all", () => {
  const view = testView({ total: 0 });
  const { gauge, go } = started(view);
  go(100);
  assert.deepEqual([gauge.fraction, gauge.remaining, gauge.meanByteRate], [0, 0, 0]);
});
