import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../../src/manners/backoff.ts";

test("the bound doubles with each failure, up to the cap", () => {
  const bounds = [1, 2, 3, 4, 5].map((failures) => backoff(failures, 500, 3000, () => 1));
  assert.deepEqual(bounds, [500, 1000, 2000, 3000, 3000]);
});

test("the wait is anything from nothing to the bound, in whole milliseconds", () => {
  assert.equal(
    backoff(3, 500, 60_000, () => 0),
    0,
  );
  assert.equal(
    backoff(3, 500, 60_000, () => 0.1234567),
    246,
  );
});

test("however many failures there were, it is a time", () => {
  assert.equal(
    backoff(5000, 500, 60_000, () => 0.5),
    30_000,
  );
  assert.equal(
    backoff(5000, 0, 60_000, () => 0.5),
    0,
  );
});
