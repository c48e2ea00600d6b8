import assert from "node:assert/strict";
import { test } from "node:test";
import { printable } from "../../../src/cli/text/printable.ts";

test("what steers a terminal is spelled out, and the rest is left", () => {
  assert.equal(printable("photo é 猫 😀.jpg"), "photo é 猫 😀.jpg");
  assert.equal(printable("\x1b[31mred\x07\n\r\t\x7f\x9b"), "\\x1b[31mred\\x07\\x0a\\x0d\\x09\\x7f\\x9b");
  assert.equal(printable("gpj.\u202eexe\u2066\u200f\u061c\u2028"), "gpj.\\u202eexe\\u2066\\u200f\\u061c\\u2028");
  assert.equal(printable("half \ud83d"), "half \ufffd");
});
