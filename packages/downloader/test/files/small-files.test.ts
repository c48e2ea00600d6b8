import assert from "node:assert/strict";
import { closeSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { it } from "node:test";
import { createAnew, removeIfThere, restOf, writeAll } from "../../src/files/small-files.ts";
import { temporaryFolder } from "./temporary.ts";

it("restOf: what is left of chunks", () => {
  const chunks = ["ab", "", "cde", "f"].map((text) => Buffer.from(text));
  const rests = [0, 1, 2, 3, 5, 6].map((count) => restOf(chunks, count).map(String));
  assert.deepEqual(rests, [["ab", "", "cde", "f"], ["b", "", "cde", "f"], ["cde", "f"], ["de", "f"], ["f"], []]);
});

it("createAnew: nothing that was there is written to", (t) => {
  const path = `${temporaryFolder(t)}/a`;
  for (const text of ["first, which is longer", "second"]) {
    const fd = createAnew(path, 0o666);
    writeAll(fd, [Buffer.from(text)]);
    closeSync(fd);
    assert.equal(readFileSync(path, "utf8"), text);
  }
});

it("removeIfThere: twice is all right, what can't be removed is not", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(`${folder}/a`, "");
  removeIfThere(`${folder}/a`);
  removeIfThere(`${folder}/a`);
  mkdirSync(`${folder}/b`);
  assert.throws(() => removeIfThere(`${folder}/b`));
});
