import assert from "node:assert/strict";
import { test } from "node:test";
import { Claims } from "../../src/names/claims.ts";

test("the first to come has the name", () => {
  const claims = new Claims();
  assert.equal(claims.claim("a", "http://1"), "new");
  assert.equal(claims.claim("b", "http://1"), "new");
  assert.equal(claims.claim("a", "http://1"), "same");
  assert.equal(claims.claim("a", "http://2"), "taken");
  assert.equal(claims.claim("a", "http://1"), "same", "a claim that was refused changes nothing");
  assert.equal(claims.claim("", "http://1"), "new");
  assert.equal(claims.size, 3);
});

test("case and the form of accents make no difference", () => {
  for (const [one, other] of [
    ["Photo.JPG", "photo.jpg"],
    ["\u00e9", "e\u0301"],
    ["E\u0301", "\u00e9"],
    ["ΣΑΣ", "σας"],
    ["\u017f", "S"],
    ["\u212a", "k"],
    ["STRASSE", "straße"],
    ["Ǆ", "ǆ"],
  ] as const) {
    const claims = new Claims();
    assert.equal(claims.claim(one, "u"), "new");
    assert.equal(claims.claim(other, "v"), "taken", `${one} ${other}`);
    assert.equal(claims.claim(other, "u"), "same", `${one} ${other}`);
  }
});

test("names that differ are different", () => {
  const claims = new Claims();
  for (const name of ["a", "b", "ab", "ba", "a/b", "a b", "é", "e", "aa", "a\0", "\0", "\0\0", "ı", "i̇"]) {
    assert.equal(claims.claim(name, "u"), "new", JSON.stringify(name));
  }
});

test("a hundred thousand names in less than 24 bytes each, at each size", () => {
  const claims = new Claims();
  for (let k = 0; k < 100_000; k++) {
    assert.equal(claims.claim(`photo-${k}.jpg`, `http://${k}`), "new");
    if (k > 1000) assert.ok(claims.bytes / claims.size <= 24, `${claims.bytes} bytes for ${claims.size}`);
  }
  for (let k = 0; k < 100_000; k++) {
    assert.equal(claims.claim(`PHOTO-${k}.jpg`, `http://${k % 2 ? k : k + 1}`), k % 2 ? "same" : "taken");
  }
  assert.equal(claims.size, 100_000);
});

test("any seed will do", () => {
  for (const seed of [0, 1, -1, 0x7fffffff]) {
    const claims = new Claims(new Int32Array([seed, seed, seed]));
    for (let k = 0; k < 5000; k++) assert.equal(claims.claim(k.toString(36), "u"), "new");
    assert.equal(claims.claim("a", "u"), "same");
  }
});
