import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seeded } from "../../../core/test/seeded.ts";
import { extensionOf, isDeviceName, MAX_NAME_BYTES, numberedName, safeName } from "../../src/names/safe-name.ts";
import { randomText } from "./random-text.ts";

const BAD = /[/\\:<>"|?*\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

function assertSafe(name: string, from: string): void {
  const told = `${JSON.stringify(name)} of ${JSON.stringify(from)}`;
  assert.notEqual(name, "", told);
  assert.ok(Buffer.byteLength(name) <= MAX_NAME_BYTES, told);
  assert.equal(name.normalize("NFC"), name, told);
  assert.doesNotMatch(name, BAD, told);
  assert.doesNotMatch(name, /^\.|[. ]$/, told);
  assert.ok(!isDeviceName(name), told);
}

describe("safeName", () => {
  const cases: readonly (readonly [name: string, safe: string, what: string])[] = [
    ["photo.jpg", "photo.jpg", "a plain name as it is"],
    ["a b-c~(1).tar.gz", "a b-c~(1).tar.gz", "what is harmless"],
    ["été 日本 😀.txt", "été 日本 😀.txt", "letters of all the world"],
    ["a/b\\c:d\0e", "a_b_c_d_e", "separators and NUL"],
    ['<a>"b|c?d*e', "_a__b_c_d_e", "what Windows forbids"],
    ["a\x1b[31mb\x7f\x85\n", "a_[31mb___", "control characters"],
    ["a\u202egpj.exe", "a_gpj.exe", "what turns the direction of text"],
    ["a\u200bb\u200d\ufeff", "a_b__", "what has no width"],
    ["a\u2028b", "a_b", "a line separator"],
    ["a\ud800b", "a_b", "half of a surrogate pair"],
    [".bashrc", "_bashrc", "a leading dot"],
    ["..", "__", "the folder above"],
    [".", "_", "this folder"],
    ["a. .", "a___", "dots and spaces at the end"],
    ["e\u0301", "é", "NFC"],
    ["CON", "_CON", "a device"],
    ["nul.txt", "_nul.txt", "a device with an extension"],
    ["com¹ .a.b", "_com¹ .a.b", "a device with a digit above"],
    ["console.txt", "console.txt", "what only begins like a device"],
    ["<\u0338", "_\u0338", "a bad character with a mark"],
    ["", "", "nothing"],
  ];
  for (const [name, safe, what] of cases) {
    it(`${what}: ${JSON.stringify(name)}`, () => assert.equal(safeName(name), safe));
  }

  it("cuts to 240 bytes and keeps the extension", () => {
    assert.equal(safeName(`${"a".repeat(300)}.jpg`), `${"a".repeat(236)}.jpg`);
    assert.equal(safeName(`${"a".repeat(300)}.tar.gz`), `${"a".repeat(233)}.tar.gz`);
    assert.equal(safeName("a".repeat(240)), "a".repeat(240));
    assert.equal(safeName("a".repeat(241)), "a".repeat(240));
    // What follows the last dot is no extension if it is long.
    assert.equal(safeName(`a.${"b".repeat(300)}`), `a.${"b".repeat(238)}`);
  });

  it("cuts no character in two, and no marks from their letter", () => {
    assert.equal(safeName(`${"a".repeat(235)}😀.txt`), `${"a".repeat(235)}.txt`);
    assert.equal(safeName(`${"日".repeat(100)}.txt`), `${"日".repeat(78)}.txt`);
    // q has no form with a mark of its own.
    assert.equal(safeName(`${"a".repeat(235)}q\u0307.txt`), `${"a".repeat(235)}.txt`);
    const onlyMarks = "\u0307".repeat(200);
    assert.equal(safeName(onlyMarks), "\u0307".repeat(120));
  });

  it("leaves no loose end after a cut", () => {
    assert.equal(safeName(`${"a".repeat(239)} ${"b".repeat(20)}`), `${"a".repeat(239)}_`);
  });

  it("makes any text safe, and leaves what is safe", () => {
    const random = seeded(1);
    for (let round = 0; round < 20_000; round++) {
      const text = randomText(random);
      const safe = safeName(text);
      assertSafe(safe, text);
      assert.equal(safeName(safe), safe, JSON.stringify(text));
    }
  });
});

describe("numberedName", () => {
  it("has the number before the extension", () => {
    assert.equal(numberedName("photo.jpg", 2), "photo-2.jpg");
    assert.equal(numberedName("a.tar.gz", 10), "a-10.tar.gz");
    assert.equal(numberedName("README", 2), "README-2");
    assert.equal(numberedName("x.y/photo", 2), "x.y/photo-2");
    assert.equal(numberedName("x/y/photo.jpg", 3), "x/y/photo-3.jpg");
  });

  it("is no longer than a name may be", () => {
    const name = numberedName(`d/${"é".repeat(118)}.txt`, 12);
    assert.equal(name, `d/${"é".repeat(116)}-12.txt`);
    assert.ok(Buffer.byteLength(name) - 2 <= MAX_NAME_BYTES);
  });

  it("of a safe name is safe", () => {
    const random = seeded(2);
    for (let round = 0; round < 5000; round++) {
      const name = safeName(randomText(random));
      assertSafe(numberedName(name, 2 + random(1e6)), name);
    }
  });
});

it("extensionOf: the last one, or .tar and it", () => {
  const names = ["a.jpg", "a.tar.gz", ".tar.gz", "a", "a.b.c", "a.", "a.b c", ".jpg", "x.tar"];
  const extensions = names.map(extensionOf);
  assert.deepEqual(extensions, [".jpg", ".tar.gz", "", "", ".c", "", "", "", ".tar"]);
});
