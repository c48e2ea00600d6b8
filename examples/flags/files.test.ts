import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { saveFlag } from "./files.ts";
import type { Flag } from "./flag.ts";
import { emptyFolder } from "./test-program.ts";

const flag = (cc: string, text: string): Flag => ({ cc, image: Buffer.from(text), ms: 1 });

test("makes the folder and replaces what is there", async (t) => {
  const folder = join(await emptyFolder(t), "a", "b");
  saveFlag(folder, flag("FR", "a long image"));
  saveFlag(folder, flag("FR", "short"));
  saveFlag(folder, flag("JP", ""));
  assert.deepEqual(readdirSync(folder), ["FR.svg", "JP.svg"]);
  assert.equal(readFileSync(join(folder, "FR.svg"), "utf8"), "short");
  assert.equal(readFileSync(join(folder, "JP.svg"), "utf8"), "");
});

test("replaces a link instead of writing to where it leads", async (t) => {
  const folder = await emptyFolder(t);
  const elsewhere = join(folder, "elsewhere");
  writeFileSync(elsewhere, "untouched");
  symlinkSync(elsewhere, join(folder, "FR.svg"));
  saveFlag(folder, flag("FR", "image"));
  assert.equal(readFileSync(elsewhere, "utf8"), "untouched");
  assert.equal(readFileSync(join(folder, "FR.svg"), "utf8"), "image");
});

test("leaves nothing behind when the file can't be put in its place", async (t) => {
  const folder = await emptyFolder(t);
  mkdirSync(join(folder, "FR.svg"));
  assert.throws(() => saveFlag(folder, flag("FR", "image")), {
    name: "FlagError",
    cc: "FR",
    status: "error",
    message: `cannot save ${join(folder, "FR.svg")}: illegal operation on a directory (EISDIR)`,
  });
  assert.deepEqual(readdirSync(folder), ["FR.svg"]);
});

test("names the folder that is none", async (t) => {
  const file = join(await emptyFolder(t), "file");
  writeFileSync(file, "");
  assert.throws(() => saveFlag(file, flag("FR", "")), {
    message: `cannot save ${file}/FR.svg: ${file} is not a folder`,
  });
  assert.throws(() => saveFlag(join(file, "x"), flag("FR", "")), {
    message: `cannot save ${file}/x/FR.svg: not a directory (ENOTDIR)`,
  });
});
