import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { displayWidth } from "@yieldfrom/tqdm";
import { fileLines } from "../../../src/cli/screen/file-lines.ts";
import { file } from "./view.ts";

const space = (columns: number | null, rows: number | null = 24, ascii = false) => ({ columns, rows, ascii });
const ISO = file("disk.iso", { total: 1_020_000_000, received: 361e6, bytes: 461e6, startedAt: 0 });

test("name, percent, size and speed", () => {
  const lines = fileLines(
    [ISO, file("page.html", { bytes: 1234, received: 1234, startedAt: 8000 })],
    10_000,
    space(60),
  );
  assert.deepEqual(lines, [
    "  disk.iso                      45%   461MB/1.02GB  36.1MB/s",
    "  page.html                                 1.23kB    617B/s",
  ]);
});

test("those that have been in flight for longest, and none that has just begun", () => {
  const files = [5, 3, 9, 1, 7, 2, 8].map((second) => file(`f${second}`, { startedAt: second * 1000 }));
  const names = (rows: number | null, now = 9500) =>
    fileLines(files, now, space(60, rows)).map((line) => line.trim().split(" ")[0]);
  assert.deepEqual(names(24), ["f1", "f2", "f3", "f5", "f7"]);
  assert.deepEqual(names(null), ["f1", "f2", "f3", "f5", "f7"]);
  assert.deepEqual(names(4), ["f1", "f2"]);
  assert.deepEqual(names(2), []);
  assert.deepEqual(names(1), []);
  assert.deepEqual(names(24, 3500), ["f1", "f2"]);
});

describe("a line fits", () => {
  const names = [
    "a",
    "x".repeat(300),
    "漢字".repeat(50),
    "e\u0301".repeat(100),
    "\u{1f468}‍\u{1f469}‍\u{1f467}".repeat(20),
    "\x1b[31mred\x07\n",
  ];
  for (const columns of [1, 5, 10, 19, 20, 30, 40, 60, 100, 200]) {
    test(`in ${columns} columns`, () => {
      for (const name of names) {
        for (const ascii of [true, false]) {
          for (const each of [file(name), { ...ISO, name }]) {
            const [line] = fileLines([each], 10_000, space(columns, 24, ascii));
            assert.ok(line !== undefined);
            if (columns >= 5) assert.ok(displayWidth(line) <= Math.min(columns, 100), `${displayWidth(line)}: ${line}`);
            assert.doesNotMatch(line, /\p{Cc}/u);
          }
        }
      }
    });
  }
});

test("what does not fit is left out, the name last", () => {
  const lines = [33, 32, 19, 17, 8].map((columns) => fileLines([ISO], 10_000, space(columns))[0]);
  assert.deepEqual(lines, [
    "  disk.iso     45%   461MB/1.02GB",
    "  disk.iso                   45%",
    "  disk.iso      45%",
    "  disk.iso       ",
    "  disk.…",
  ]);
});

test("a long name is cut in the middle, or at its end where there is no room for one", () => {
  const name = "a-collection-of-photographs-00042.jpeg";
  const [wide, narrow] = [60, 24].map((columns) => fileLines([file(name, { total: 10 })], 10_000, space(columns))[0]);
  assert.match(wide!, /^ {2}a-collection-of-…00042\.jpeg +0%/);
  assert.match(narrow!, /^ {2}a-collection-of…/);
  assert.match(fileLines([file(name)], 10_000, space(60, 24, true))[0]!, /^ {2}a-collection-[a-z-]*\.\.\.00042\.jpeg/);
});

test("control characters and direction marks are spelled out", () => {
  const [line] = fileLines([file("a\x1b]0;x\x07\u202eb")], 10_000, space(80));
  assert.match(line!, /^ {2}a\\x1b\]0;x\\x07\\u202eb /);
});

test("a file that has no name yet is shown by its address", () => {
  const [line] = fileLines([file("", { url: "http://a/x?y" })], 10_000, space(60));
  assert.match(line!, /^ {2}http:\/\/a\/x\?y /);
});

test("sizes that can't be are no harm", () => {
  for (const values of [{ total: 0 }, { total: 10, bytes: 20 }, { total: 10, bytes: 10, received: 30 }]) {
    const [line] = fileLines([file("x", values)], 10_000, space(60));
    assert.doesNotMatch(line!, /NaN|Infinity|\d{4}%/);
  }
});
