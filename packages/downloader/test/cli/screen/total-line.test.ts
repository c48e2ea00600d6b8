import assert from "node:assert/strict";
import { test } from "node:test";
import { Gauge } from "../../../src/cli/screen/gauge.ts";
import { plainLine, totalLine } from "../../../src/cli/screen/total-line.ts";
import { type TestView, testView } from "./view.ts";

/** After ten seconds in which the view's counts grew steadily. */
function lineOf(end: TestView, columns: number | null, isLast = false): string {
  const view = testView({ ...end, done: 0, bytes: 0 });
  let now = 0;
  const gauge = new Gauge(view, () => now);
  while (now < 10_000) {
    now += 100;
    view.done = (end.done * now) / 10_000;
    view.bytes = (end.bytes * now) / 10_000;
    gauge.sample();
  }
  return totalLine(view, gauge, { columns, ascii: true }, isLast);
}

const VIEW = testView({ total: 5000, done: 3170, skipped: 800, bytes: 201e6, failed: 7 });

test("what does not fit goes, first the bar, then the bytes, then the times", () => {
  const lines = [null, 80, 68, 67, 64, 63, 48, 47, 4].map((columns) => lineOf(VIEW, columns));
  assert.deepEqual(lines, [
    "get:  80%|#######9  | 3977/5000 [00:10<00:03, 317.02file/s, 20.1MB/s, err=7]",
    "get:  80%|###########1  | 3977/5000 [00:10<00:03, 317.02file/s, 20.1MB/s, err=7]",
    "get:  80%|#5| 3977/5000 [00:10<00:03, 317.02file/s, 20.1MB/s, err=7]",
    "get:  80%|7| 3977/5000 [00:10<00:03, 317.02file/s, 20.1MB/s, err=7]",
    "get:  80% 3977/5000 [00:10<00:03, 317.02file/s, 20.1MB/s, err=7]",
    "80% 3977/5000 [00:10<00:03, 317.02file/s, err=7]",
    "80% 3977/5000 [00:10<00:03, 317.02file/s, err=7]",
    "80% 3977/5000 err=7",
    "80% 3977/5000 err=7",
  ]);
});

test("without a total, without errors, without bytes", () => {
  const view = testView({ done: 500 });
  assert.equal(lineOf(view, 80), "get: 500file [00:10, 50.00file/s]");
  assert.equal(lineOf(view, 10), "500file");
  assert.equal(lineOf({ ...view, failed: 2 }, 12), "502file err=2");
  assert.equal(lineOf(testView({ total: 0 }), 80), "get: 0file [00:10, ?file/s]");
});

test("the last line has the means", () => {
  const view = testView({ total: 510, done: 500, skipped: 10, bytes: 1e6 });
  const last = lineOf(view, null, true);
  assert.equal(last, "get: 100%|##########| 510/510 [00:10<00:00, 50.00file/s, 100kB/s]");
});

test("plain lines", () => {
  const since = { at: 0, finished: 0 };
  assert.equal(plainLine(VIEW, since, 10_000), "get: 3977/5000, 201MB, 318 file/s, 7 failed");
  assert.equal(plainLine(testView({ done: 2 }), since, 10_000), "get: 2 files, 0.00B, 5 s/file");
  assert.equal(plainLine(testView({ total: 3 }), since, 0), "get: 0/3, 0.00B, 0 file/s");
});
