import assert from "node:assert/strict";
import { test } from "node:test";
import { MODES, parseMode } from "./mode.ts";

test("takes each mode in any case", () => {
  for (const mode of MODES) {
    assert.equal(parseMode(mode), mode);
    assert.equal(parseMode(mode.toLowerCase()), mode);
  }
  assert.equal(parseMode("Delay"), "DELAY");
});

test("refuses anything else and lists the modes", () => {
  for (const text of ["", "FAST", " LOCAL", "LOCAL|DELAY"]) {
    assert.throws(
      () => parseMode(text),
      new RangeError(`expected the mode to be LOCAL, DELAY or ERROR, got "${text}"`),
    );
  }
});
