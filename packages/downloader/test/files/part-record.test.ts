import assert from "node:assert/strict";
import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fitsRecord, type PartRecord, readRecord, recordedUrl, writeRecord } from "../../src/files/part-record.ts";
import { replaceInFs, systemError, temporaryFolder } from "./temporary.ts";

const RECORD: PartRecord = {
  sources: [
    { url: "https://a/x", validator: { kind: "etag", value: '"1"' } },
    { url: "https://b/x", validator: null },
  ],
  total: 100,
  pieces: [
    { start: 0, end: 50, next: 10 },
    { start: 50, end: 100, next: 50 },
  ],
  checksum: "sha256=ab",
};

describe("writeRecord and readRecord", () => {
  it("give back what was written, first and again", (t) => {
    const folder = temporaryFolder(t);
    const path = `${folder}/r`;
    const simple: PartRecord = { sources: [{ url: "https://a/x", validator: null }], total: null };
    writeRecord(path, `${folder}/n`, RECORD, true);
    assert.deepEqual(readRecord(path), RECORD);
    writeRecord(path, `${folder}/n`, simple, false);
    assert.deepEqual(readRecord(path), simple);
    assert.deepEqual(readdirSync(folder), ["r"]);
    // Addresses may hold what is nobody else's.
    if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o077, 0);
  });

  it("write through no link, and replace what was left", (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(`${folder}/victim`, "mine");
    for (const [name, isFirst] of [
      ["r", true],
      ["n", false],
    ] as const) {
      symlinkSync(`${folder}/victim`, `${folder}/${name}`);
      writeRecord(`${folder}/r`, `${folder}/n`, RECORD, isFirst);
      assert.deepEqual(readRecord(`${folder}/r`), RECORD);
    }
    linkSync(`${folder}/victim`, `${folder}/n`);
    writeRecord(`${folder}/r`, `${folder}/n`, RECORD, false);
    assert.equal(readFileSync(`${folder}/victim`, "utf8"), "mine");
  });
});

it("writeRecord leaves nothing of a record that could not be written, and the old one stays", (t) => {
  const folder = temporaryFolder(t);
  writeRecord(`${folder}/old`, `${folder}/n`, RECORD, true);
  replaceInFs(t, "writeSync", () => () => {
    throw systemError("ENOSPC");
  });
  assert.throws(() => writeRecord(`${folder}/old`, `${folder}/n`, { ...RECORD, total: 5 }, false), { code: "ENOSPC" });
  assert.throws(() => writeRecord(`${folder}/new`, `${folder}/n`, RECORD, true), { code: "ENOSPC" });
  assert.deepEqual(readdirSync(folder), ["old"]);
  assert.deepEqual(readRecord(`${folder}/old`), RECORD);
});

describe("readRecord", () => {
  it("takes nothing through a link, nor what is no file", (t) => {
    const folder = temporaryFolder(t);
    assert.equal(readRecord(`${folder}/none`), null);
    writeRecord(`${folder}/r`, `${folder}/n`, RECORD, true);
    symlinkSync(`${folder}/r`, `${folder}/link`);
    assert.equal(readRecord(`${folder}/link`), null);
    mkdirSync(`${folder}/folder`);
    assert.equal(readRecord(`${folder}/folder`), null);
  });

  const good = { version: 1, ...RECORD };
  const wrong: readonly (readonly [what: string, value: unknown])[] = [
    ["another version", { ...good, version: 2 }],
    ["null", null],
    ["a list", []],
    ["no sources", { ...good, sources: [] }],
    ["a source without an address", { ...good, sources: [{ validator: null }] }],
    ["a validator of another kind", { ...good, sources: [{ url: "x", validator: { kind: "size", value: "1" } }] }],
    ["a validator without a value", { ...good, sources: [{ url: "x", validator: { kind: "etag" } }] }],
    ["no total", { ...good, total: undefined }],
    ["a total that is no number", { ...good, total: "100" }],
    ["a negative total", { ...good, total: -1 }],
    ["a piece that ends before it begins", { ...good, pieces: [{ start: 5, end: 4, next: 5 }] }],
    ["a piece that is farther than its end", { ...good, pieces: [{ start: 5, end: 6, next: 7 }] }],
    ["a piece that is none", { ...good, pieces: [null] }],
    ["pieces that are none", { ...good, pieces: {} }],
    ["a checksum that is none", { ...good, checksum: 1 }],
  ];
  for (const [what, value] of wrong) {
    it(`refuses ${what}`, (t) => {
      const path = `${temporaryFolder(t)}/r`;
      writeFileSync(path, JSON.stringify(value));
      assert.equal(readRecord(path), null);
    });
  }

  it("refuses half a record, at whatever place it was cut", (t) => {
    const path = `${temporaryFolder(t)}/r`;
    const text = JSON.stringify(good);
    for (let length = 0; length < text.length; length++) {
      writeFileSync(path, text.slice(0, length));
      assert.equal(readRecord(path), null, text.slice(0, length));
    }
  });
});

it("fitsRecord: a part is no longer than the file, and holds what its pieces say", () => {
  const whole = { sources: RECORD.sources, total: 100 };
  assert.deepEqual([fitsRecord(whole, 0), fitsRecord(whole, 100), fitsRecord(whole, 101)], [true, true, false]);
  assert.ok(fitsRecord({ ...whole, total: null }, 1e12));
  assert.deepEqual([fitsRecord(RECORD, 10), fitsRecord(RECORD, 100), fitsRecord(RECORD, 9)], [true, true, false]);
  assert.ok(!fitsRecord({ ...RECORD, total: 99 }, 10));
});

it("recordedUrl: without user information and fragment", () => {
  assert.equal(recordedUrl(new URL("https://me:secret@host/a?b#c")), "https://host/a?b");
  assert.equal(recordedUrl(new URL("https://host/a?b")), "https://host/a?b");
});
