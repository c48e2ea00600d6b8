import assert from "node:assert/strict";
import { test } from "node:test";
import { displayWidth, escapeControls, trimToWidth } from "../src/text.ts";

test("width counts columns, not characters", () => {
  for (const [text, width] of [
    ["", 0],
    [" 45%|████▌     | 9/20", 21],
    ["café", 4],
    ["cafe\u0301", 4],
    ["国旗", 4],
    ["🇨🇳 CN", 5],
    ["ﾊﾟ", 2],
  ] as const) {
    assert.equal(displayWidth(text), width, JSON.stringify(text));
  }
});

test("control characters, line separators and direction marks are spelled out", () => {
  assert.equal(escapeControls("a\nb\rc\td"), "a\\nb\\rc\\td");
  assert.equal(escapeControls("\x1b[31mred\x7f\x9b"), "\\x1b[31mred\\x7f\\x9b");
  assert.equal(escapeControls("gpj.\u202eexe\u2028"), "gpj.\\u202eexe\\u2028");
  assert.equal(escapeControls("国旗 é 🇨🇳"), "国旗 é 🇨🇳");
});

test("text is cut at a column, never inside a character", () => {
  assert.equal(trimToWidth("abcdef", 4), "abcd");
  assert.equal(trimToWidth("abcd", 4), "abcd");
  assert.equal(trimToWidth("█████", 3), "███");
  assert.equal(trimToWidth("国旗国旗", 5), "国旗");
  assert.equal(trimToWidth("e\u0301e\u0301e\u0301国", 2), "e\u0301e\u0301");
  assert.equal(trimToWidth("👩‍👩‍👧x国", 1), "");
  assert.equal(trimToWidth("国", 0), "");
});
