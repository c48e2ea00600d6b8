import assert from "node:assert/strict";
import { test } from "node:test";
import { Meter, type MeterOptions } from "../src/meter.ts";

function meterAt0(options: Partial<MeterOptions> = {}) {
  const clock = { time: 0, reads: 0 };
  const now = (): number => {
    clock.reads++;
    return clock.time;
  };
  const defaults = { total: 100, initial: 0, mininterval: 100, delay: 0, smoothing: 0.3 };
  return { clock, meter: new Meter({ ...defaults, ...options }, now) };
}

test("a redraw is due after mininterval, not before", () => {
  const { clock, meter } = meterAt0();
  const due: number[] = [];
  for (clock.time = 30; clock.time <= 330; clock.time += 30) if (meter.update(1)) due.push(clock.time);
  assert.deepEqual(due, [120, 240]);
  assert.equal(meter.n, 11);
});

test("with mininterval 0 every update is due", () => {
  const { meter } = meterAt0({ mininterval: 0 });
  assert.deepEqual([meter.update(1), meter.update(1), meter.update(1)], [true, true, true]);
});

test("nothing is due before the delay is over", () => {
  const { clock, meter } = meterAt0({ delay: 500 });
  clock.time = 400;
  assert.equal(meter.begun, false);
  assert.equal(meter.update(1), false);
  clock.time = 500;
  assert.equal(meter.begun, true);
  assert.equal(meter.update(1), true);
});

test("the rate is the ratio of two moving averages without bias to zero", () => {
  const { clock, meter } = meterAt0();
  assert.equal(meter.rate, null);
  clock.time = 200;
  meter.update(10);
  assert.equal(meter.rate, 50); // one sample: itself
  clock.time = 1200;
  meter.update(10);
  // counts: both 10. times: (0.3 * 1000 + 0.7 * 0.3 * 200) / (1 - 0.7 ** 2) = 342 / 0.51 ms
  assert.ok(Math.abs(meter.rate! - 10 / (0.342 / 0.51)) < 1e-9, String(meter.rate));
});

test("smoothing 1 shows the last sample, 0 leaves the mean to the line", () => {
  const last = meterAt0({ smoothing: 1 });
  const mean = meterAt0({ smoothing: 0 });
  for (const { clock, meter } of [last, mean]) {
    clock.time = 200;
    meter.update(10);
    clock.time = 1200;
    meter.update(10);
  }
  assert.equal(last.meter.rate, 10);
  assert.equal(mean.meter.rate, null);
});

test("waiting between two samples belongs to the rate", () => {
  const { clock, meter } = meterAt0({ smoothing: 1 });
  for (clock.time = 100; clock.time < 1000; clock.time += 100) meter.tick();
  clock.time = 1000;
  meter.update(5);
  assert.equal(meter.rate, 5);
});

test("most updates of a fast loop do not read the clock", () => {
  const { clock, meter } = meterAt0();
  let redraws = 0;
  for (let index = 0; index < 100_000; index++) {
    clock.time += 0.1; // 1000 updates in one mininterval
    if (meter.update(1)) redraws++;
  }
  assert.ok(redraws >= 95 && redraws <= 100, `${redraws} redraws in ten seconds`);
  assert.ok(clock.reads < 10_000, `${clock.reads} clock reads`);
});

test("a fast loop that turns slow is noticed without a timer", () => {
  const { clock, meter } = meterAt0();
  for (let index = 0; index < 100_000; index++) {
    clock.time += 0.001;
    meter.update(1);
  }
  let updates = 0;
  do {
    clock.time += 1000;
    updates++;
  } while (!meter.update(1));
  assert.ok(updates <= 64, `only update ${updates} was drawn`);
});

test("a tick takes the sample that the updates still owe", () => {
  const { clock, meter } = meterAt0({ smoothing: 1 });
  clock.time = 100;
  meter.update(1000);
  meter.update(10);
  clock.time = 200;
  assert.equal(meter.update(10), false); // far from another 1000
  meter.tick();
  assert.equal(meter.rate, 200);
});

test("taking back counts as tqdm does: from the last sample too", () => {
  const { clock, meter } = meterAt0({ smoothing: 1 });
  clock.time = 100;
  assert.equal(meter.update(10), true);
  clock.time = 200;
  meter.update(-4);
  assert.equal(meter.n, 6);
  assert.equal(meter.rate, 100);
});

test("reset starts from nothing: counts, clock, rate and what was done before", () => {
  const { clock, meter } = meterAt0({ initial: 5 });
  clock.time = 1000;
  meter.update(10);
  meter.reset(7);
  assert.deepEqual(
    { n: meter.n, total: meter.total, initial: meter.initial, elapsed: meter.elapsed, rate: meter.rate },
    { n: 0, total: 7, initial: 0, elapsed: 0, rate: null },
  );
});
