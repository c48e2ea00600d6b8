import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("every side of every row of bench:io does its work", () => {
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-bench-"));
  try {
    const file = join(folder, "figures.json");
    const args = ["--expose-gc", "bench/io/main.ts", "--source", "--rounds", "1", "--ms", "20", "--json", file];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const { echo, server, client, executor } = JSON.parse(readFileSync(file, "utf8"));
    assert.equal(Object.keys(echo).length, 6);
    for (const figures of [...Object.values<Figures>(echo), ...Object.values<Figures>(server)]) {
      for (const { side, perSecond } of figures) assert.ok(perSecond > 0, side);
    }
    const ours = new Set(Object.values<Figures>(echo).flatMap((figures) => figures.map(({ side }) => side)));
    for (const side of ["node:net", "yieldfrom streams", "yieldfrom protocol"]) assert.ok(ours.has(side), side);
    for (const figures of [client, executor]) {
      for (const inFlight of [1, 100]) assert.ok(figures[inFlight].ours.ns > 0 && figures[inFlight].native.ns > 0);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

type Figures = readonly { readonly side: string; readonly perSecond: number }[];

test("a wrong topic or option is named, with the help", () => {
  for (const [args, message] of [
    [["files"], /Expected one of echo, server, client, executor, got files/],
    [["--rounds", "0"], /--rounds .* got 0/],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, ["bench/io/main.ts", ...args], {
      cwd: root,
      encoding: "utf8",
    });
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
});
