import assert from "node:assert/strict";
import { test } from "node:test";
import { retryAfter } from "../../src/manners/retry-after.ts";

const NOW = Date.UTC(2026, 10, 29, 12, 0, 0);

test("seconds", () => {
  assert.equal(retryAfter("120", null, NOW), 120_000);
  assert.equal(retryAfter(" 0 ", null, NOW), 0);
  assert.equal(retryAfter("0.25", null, NOW), 250);
  assert.equal(retryAfter("99999999999", null, NOW), 99_999_999_999_000);
  assert.equal(retryAfter("9".repeat(400), null, NOW), Number.POSITIVE_INFINITY);
});

test("a date, in each form, from now", () => {
  for (const text of ["Sun, 29 Nov 2026 12:00:30 GMT", "Sunday, 29-Nov-26 12:00:30 GMT", "Sun Nov 29 12:00:30 2026"]) {
    assert.equal(retryAfter(text, null, NOW), 30_000, text);
  }
});

test("a date from the answer's own date, whatever our clock says", () => {
  const date = "Sun, 29 Nov 2020 12:00:00 GMT";
  assert.equal(retryAfter("Sun, 29 Nov 2020 12:00:30 GMT", date, NOW), 30_000);
  assert.equal(retryAfter("Sun, 29 Nov 2026 12:00:30 GMT", "no date", NOW), 30_000);
});

test("a date that is over asks for nothing", () => {
  assert.equal(retryAfter("Sun, 29 Nov 2026 11:59:30 GMT", null, NOW), 0);
});

test("what is not understood says nothing", () => {
  assert.equal(retryAfter(null, null, NOW), null);
  for (const text of ["", "-5", "+5", "1e3", "0x10", "5s", "120, 120", "soon", ".5", "1.", "∞", "NaN", "Infinity"]) {
    assert.equal(retryAfter(text, null, NOW), null, text);
  }
});
