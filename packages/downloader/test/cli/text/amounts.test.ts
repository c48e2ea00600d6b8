import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, counted, duration, number } from "../../../src/cli/text/amounts.ts";

test("bytes have three digits and a unit of 1000", () => {
  const shown = [0, 999, 1000, 1234, 12_345, 999_499, 999_500, 31_240_000, 4_000_000_000, 5e12, 1e18].map(bytes);
  assert.deepEqual(shown, [
    "0 B",
    "999 B",
    "1.00 kB",
    "1.23 kB",
    "12.3 kB",
    "999 kB",
    "1.00 MB",
    "31.2 MB",
    "4.00 GB",
    "5.00 TB",
    "1000 PB",
  ]);
});

test("durations", () => {
  const shown = [0, 240, 9990, 9996, 59_949, 59_950, 185_000, 7_385_000].map(duration);
  assert.deepEqual(shown, ["0.00 s", "0.24 s", "9.99 s", "10.0 s", "59.9 s", "1:00 min", "3:05 min", "2:03:05 h"]);
});

test("numbers and counts", () => {
  assert.equal(number(4990), "4,990");
  assert.equal(counted(1, "file"), "1 file");
  assert.equal(counted(0, "file"), "0 files");
  assert.equal(counted(2, "byte more", "bytes more"), "2 bytes more");
});
