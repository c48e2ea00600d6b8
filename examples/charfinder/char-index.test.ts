import assert from "node:assert/strict";
import { test } from "node:test";
import { CharIndex } from "./char-index.ts";

const index = new CharIndex(
  new Map([
    [0x2d, "HYPHEN-MINUS"],
    [0x41, "LATIN CAPITAL LETTER A"],
    [0x61, "LATIN SMALL LETTER A"],
    [0x391, "GREEK CAPITAL LETTER ALPHA"],
    [0x3b1, "GREEK SMALL LETTER ALPHA"],
    [0x10400, "DESERET CAPITAL LETTER LONG I"],
  ]),
);

/** What is found, as text. */
function found(query: string, start?: number, most?: number): string {
  return index
    .find(query, start, most)
    .characters.map(({ codePoint }) => String.fromCodePoint(codePoint))
    .join("");
}

test("finds what has every word, in any order and case", () => {
  assert.equal(found("capital"), "AΑ\u{10400}");
  assert.equal(found("Letter Capital"), "AΑ\u{10400}");
  assert.equal(found("capital letter greek"), "Α");
  assert.equal(found("minus"), "-");
  assert.equal(found("hyphen-minus"), "-");
  assert.deepEqual(index.find("small a"), {
    total: 1,
    characters: [{ codePoint: 0x61, name: "LATIN SMALL LETTER A" }],
  });
});

test("finds nothing for parts of words, words that no name has, and no words", () => {
  for (const query of ["cap", "capital nonsense", "greek latin", "constructor", "", "  ", "!?", "\0"]) {
    assert.deepEqual(index.find(query), { total: 0, characters: [] }, query);
  }
});

test("gives a part of what was found, and says how many there are", () => {
  assert.equal(found("letter", 1), "aΑα\u{10400}");
  assert.equal(found("letter", 1, 2), "aΑ");
  assert.equal(found("letter", 4, 2), "\u{10400}");
  assert.deepEqual(index.find("letter", 5, 2), { total: 5, characters: [] });
});
