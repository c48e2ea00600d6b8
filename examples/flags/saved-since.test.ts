import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { saveFlag } from "./files.ts";
import { savedSince } from "./saved-since.ts";
import { emptyFolder } from "./test-program.ts";

test("counts the files that are new or replaced, even by the same image, and of the flags asked for only", async (t) => {
  const folder = join(await emptyFolder(t), "flags");
  const image = Buffer.from("image");
  assert.equal(savedSince(folder, ["FR"])(), 0);
  for (const cc of ["FR", "JP", "CN"]) saveFlag(folder, { cc, image, ms: 1 });
  const saved = savedSince(folder, ["FR", "JP", "CN", "DE", "BR"]);
  assert.equal(saved(), 0);
  for (const cc of ["FR", "DE", "US"]) saveFlag(folder, { cc, image, ms: 1 });
  assert.equal(saved(), 2);
});

test("does not count what is gone", async (t) => {
  const folder = await emptyFolder(t);
  saveFlag(folder, { cc: "FR", image: Buffer.from("image"), ms: 1 });
  const saved = savedSince(folder, ["FR"]);
  rmSync(join(folder, "FR.svg"));
  assert.equal(saved(), 0);
});
