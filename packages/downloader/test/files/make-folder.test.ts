import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeFolder } from "../../src/files/make-folder.ts";

let root = "";
before(() => {
  root = mkdtempSync(join(tmpdir(), "download-many-"));
});
after(() => rmSync(root, { recursive: true }));

test("makes a folder with those above it, once", () => {
  const path = join(root, "a/b/c");
  for (let i = 0; i < 2; i++) {
    makeFolder(path);
    assert.ok(statSync(path).isDirectory());
  }
  symlinkSync(path, join(root, "link"));
  makeFolder(join(root, "link"));
});

test("a file in its way is an error", () => {
  writeFileSync(join(root, "file"), "");
  assert.throws(() => makeFolder(join(root, "file")), { code: "ERR_NOT_A_FOLDER" });
  assert.throws(() => makeFolder(join(root, "file/x")), { code: "ENOTDIR" });
  assert.throws(() => makeFolder(join(root, "file/x/y")), { code: "ENOTDIR" });
});

test("a file system that takes none is an error too", {
  skip: !existsSync("/proc/self") && "there is no /proc",
}, () => {
  assert.throws(() => makeFolder("/proc/download-many"), { code: /^(?:ENOENT|EACCES|EPERM)$/ });
  assert.throws(() => makeFolder("/proc/download-many/a/b"), { code: /^(?:ENOENT|EACCES|EPERM)$/ });
});
