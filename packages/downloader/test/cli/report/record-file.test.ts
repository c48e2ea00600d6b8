import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { RecordFile } from "../../../src/cli/report/record-file.ts";

describe("a record file", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "download-many-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("has its name when it is committed, and not before", () => {
    const path = join(folder, "report");
    writeFileSync(path, "old");
    using file = new RecordFile(path);
    file.write("ä".repeat(40_000));
    file.write("\n");
    assert.equal(readFileSync(path, "utf8"), "old");
    file.commit();
    assert.equal(readFileSync(path, "utf8"), `${"ä".repeat(40_000)}\n`);
    assert.deepEqual(readdirSync(folder), ["report"]);
  });

  test("leaves nothing when the body throws", () => {
    const path = join(folder, "report");
    writeFileSync(path, "old");
    assert.throws(() => {
      using file = new RecordFile(path);
      file.write("new");
      throw new Error("x");
    }, /^Error: x$/);
    assert.deepEqual(readdirSync(folder), ["report"]);
    assert.equal(readFileSync(path, "utf8"), "old");
  });

  test("takes the place of what an earlier run left, and writes through no link", () => {
    const path = join(folder, "report");
    writeFileSync(join(folder, "other"), "other");
    symlinkSync(join(folder, "other"), `${path}.part`);
    using file = new RecordFile(path);
    file.write("new");
    file.commit();
    assert.equal(readFileSync(path, "utf8"), "new");
    assert.equal(readFileSync(join(folder, "other"), "utf8"), "other");
  });

  test("what is no ordinary file is written as it is", () => {
    using file = new RecordFile("/dev/null");
    file.write("x");
    file.commit();
    assert.throws(() => new RecordFile(folder), { code: "EISDIR" });
    assert.deepEqual(readdirSync(folder), []);
  });

  test("a folder that is not there is an error at once", () => {
    assert.throws(() => new RecordFile(join(folder, "no/report")), { code: "ENOENT" });
  });
});
