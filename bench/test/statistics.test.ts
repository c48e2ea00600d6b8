import assert from "node:assert/strict";
import { test } from "node:test";
import { geometricMean, median, quantile } from "../statistics.ts";

test("median: the middle, or the mean of the two in the middle; none is an error", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.throws(() => median([]), /Expected values/);
});

test("quantile: in proportion between neighbours", () => {
  assert.equal(quantile([5, 1, 3], 0), 1);
  assert.equal(quantile([5, 1, 3], 0.25), 2);
  assert.equal(quantile([5, 1, 3], 1), 5);
});

test("geometric mean: twice and half cancel; none is an error", () => {
  assert.ok(Math.abs(geometricMean([2, 0.5]) - 1) < 1e-12);
  assert.throws(() => geometricMean([]), /Expected values/);
});
