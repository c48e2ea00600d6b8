import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { programs } from "../download/programs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const missing = ["nginx", "python3"].filter((name) => !programs([name]).has(name));

test("every tool of bench:download downloads all files", { skip: missing.length > 0 && `no ${missing}` }, () => {
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-bench-"));
  try {
    const file = join(folder, "figures.json");
    const args = ["bench/download/main.ts", "--files", "30", "--size", "1", "--rounds", "1", "--json", file];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const { small, large, slow, start } = JSON.parse(readFileSync(file, "utf8")) as Record<string, Topic>;
    for (const topic of [small, large, slow]) {
      for (const name of ["ClientSession", "download-many"]) assert.ok((topic?.[name]?.[0]?.wall ?? 0) > 0, name);
    }
    assert.ok((start?.["download-many --version"]?.length ?? 0) > 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

type Topic = Readonly<Record<string, readonly { readonly wall: number }[]>>;

test("a wrong topic or option is named, with the help", () => {
  for (const [args, message] of [
    [["files"], /Expected one of small, large, slow, start, got files/],
    [["--size", "0"], /--size .* got 0/],
    [["--write", "small"], /Expected --write without words/],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, ["bench/download/main.ts", ...args], {
      cwd: root,
      encoding: "utf8",
    });
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
});
