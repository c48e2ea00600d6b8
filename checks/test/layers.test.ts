import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findings } from "../layers.ts";

function check(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "yieldfrom-layers-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return findings(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("a value import that goes up is found, and says what is allowed", () => {
  const [finding, ...rest] = check({
    "packages/core/src/util/ring.ts": 'import { Lock } from "../sync/lock.ts";\n',
  });
  assert.equal(
    finding,
    "packages/core/src/util/ring.ts:1 imports a value of sync/lock.ts, a higher layer; from here only util/ (L2)",
  );
  assert.deepEqual(rest, []);
});

test("a type import may go up, in both spellings; imports downward may be of anything", () => {
  assert.deepEqual(
    check({
      "packages/core/src/util/ring.ts":
        'import type { Lock } from "../sync/lock.ts";\nimport { type A, type B } from "../run.ts";\n',
      "packages/core/src/sync/lock.ts": 'import { Ring } from "../util/ring.ts";\nexport { Ring };\n',
    }),
    [],
  );
});

test("core imports no package and touches the host through host.ts alone", () => {
  const found = check({
    "packages/core/src/run.ts":
      'import fs from "node:fs";\nexport const now = () => performance.now();\n// setTimeout(…) in a comment\n',
    "packages/core/src/host.ts": "export const now = () => performance.now();\n",
  });
  assert.deepEqual(found, [
    "packages/core/src/run.ts:1 imports node:fs: core depends on nothing (L1, L3)",
    "packages/core/src/run.ts:2 uses the host's performance; go through host.ts (L3)",
  ]);
});

test("a package imports only the workspaces it may, and nothing from outside its src", () => {
  const found = check({
    "packages/progress/src/a.ts": 'import { run } from "yieldfrom";\nimport width from "string-width";\n',
    "packages/http/src/a.ts": 'import { run } from "yieldfrom";\nexport * from "../../core/src/run.ts";\n',
  });
  assert.deepEqual(found, [
    "packages/http/src/a.ts:2 imports ../../core/src/run.ts, outside of its own src (L1)",
    "packages/progress/src/a.ts:1 imports yieldfrom; packages/progress may import no workspace (L1)",
  ]);
});

test("rooms of one layer import nothing of each other but types, and a file that is named itself is no part of its folder", () => {
  const found = check({
    "packages/downloader/src/files/a.ts":
      'import { b } from "../names/b.ts";\nimport type { B } from "../names/b.ts";\nimport { c } from "./c.ts";\n',
    "packages/downloader/src/files/c.ts":
      'import { printable } from "../names/printable.ts";\nexport * from "../transfer/a.ts";\n',
    "packages/downloader/src/names/printable.ts": 'import { b } from "./b.ts";\n',
    "packages/downloader/src/transfer/a.ts": 'import { a } from "../files/a.ts";\nimport { b } from "../names/b.ts";\n',
    "packages/downloader/src/cli/main.ts":
      'import { a } from "../download-many.ts";\nimport { b } from "../index.ts";\n',
  });
  const [problems, allowed] = [0, 1].map((part) => found.map((line) => line.split("; from here only ")[part]));
  assert.deepEqual(problems, [
    "packages/downloader/src/cli/main.ts:2 imports a value of index.ts, a room beside it",
    "packages/downloader/src/files/a.ts:1 imports a value of names/b.ts, a room beside it",
    "packages/downloader/src/files/c.ts:2 imports a value of transfer/a.ts, a higher layer",
    "packages/downloader/src/names/printable.ts:1 imports a value of names/b.ts, a higher layer",
  ]);
  assert.match(allowed?.[1] ?? "", /^item\.ts [\w./ -]*names\/printable\.ts files\/ \(L2\)$/);
});

test("a file of a package with layers must be in one of them", () => {
  assert.throws(
    () => check({ "packages/downloader/src/new.ts": 'import { a } from "./item.ts";\n' }),
    /packages\/downloader\/src\/new\.ts is in no layer: add it to checks\/layers\.ts/,
  );
});
