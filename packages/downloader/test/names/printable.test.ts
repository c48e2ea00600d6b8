import assert from "node:assert/strict";
import { it } from "node:test";
import { printable, quoted } from "../../src/names/printable.ts";

it("printable: what a terminal would obey, or nobody sees, is written out", () => {
  assert.equal(
    printable("a\x1b[2Jb\r\n\x9b\u202e\u200b\u2028\ud800"),
    "a\\u{1b}[2Jb\\u{d}\\u{a}\\u{9b}\\u{202e}\\u{200b}\\u{2028}\\u{d800}",
  );
  assert.equal(printable("é 日本 😀"), "é 日本 😀");
  assert.equal(quoted("a\tb"), '"a\\u{9}b"');
});
