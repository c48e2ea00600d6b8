import assert from "node:assert/strict";
import { test } from "node:test";
import { geometricMean, measure, median } from "../measure.ts";

test("median: the middle, or the mean of the two in the middle; none is an error", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.throws(() => median([]), /Expected values/);
});

test("geometric mean: twice and half cancel", () => {
  assert.ok(Math.abs(geometricMean([2, 0.5]) - 1) < 1e-12);
});

test("both sides run in every round, in turn first, and warm-ups are not counted", async () => {
  const calls: string[] = [];
  const side = (name: string) => async () => {
    calls.push(name);
    return 1;
  };
  const { name, ratio } = await measure(
    { name: "row", operations: 1, ours: side("ours"), native: side("native") },
    { warmups: 1, rounds: 2 },
  );
  assert.equal(name, "row");
  assert.ok(ratio > 0);
  assert.deepEqual(calls, ["native", "ours", "ours", "native", "native", "ours"]);
});

test("a side whose result differs did not do the work", async () => {
  const row = { name: "row", operations: 1, ours: async () => 1, native: async () => 2 };
  await assert.rejects(measure(row, { warmups: 0, rounds: 1 }), /row: ours gave 1, native 2/);
});
