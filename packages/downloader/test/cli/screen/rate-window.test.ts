import assert from "node:assert/strict";
import { test } from "node:test";
import { RateWindow } from "../../../src/cli/screen/rate-window.ts";

test("a rate needs two samples", () => {
  const window = new RateWindow(1000);
  assert.equal(window.rate, 0);
  window.add(0, 5);
  assert.equal(window.rate, 0);
  window.add(0, 10);
  assert.equal(window.rate, 0);
  window.add(500, 15);
  assert.equal(window.rate, 20);
});

test("what is older than the window does not count", () => {
  const window = new RateWindow(1000);
  for (let at = 0; at <= 2000; at += 100) window.add(at, at <= 1000 ? at : 1000);
  assert.equal(window.rate, 0, "nothing came in the last second");
  for (let at = 2100; at <= 3000; at += 100) window.add(at, 1000 + (at - 2000) * 2);
  assert.equal(window.rate, 2000);
});

test("a window without samples for long, and a count that falls", () => {
  const window = new RateWindow(1000);
  window.add(0, 0);
  window.add(10_000, 100);
  assert.equal(window.rate, 10);
  window.add(20_000, 50);
  assert.equal(window.rate, 0);
});
