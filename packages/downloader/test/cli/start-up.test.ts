import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../src/cli/version.ts";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));

/** What a file imports, and what that imports, as far as it is loaded before the file runs. */
function loadedBy(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const text = readFileSync(path, "utf8");
  for (const [, kind, from = ""] of text.matchAll(/^(?:import|export) (type )?[^;"]*? from "([^"]+)";$/gm)) {
    if (kind !== undefined) continue;
    if (from.startsWith(".")) loadedBy(join(dirname(path), from), found);
    else found.add(from);
  }
  return found;
}

test("little is loaded before the command line is read: --version and mistakes are answered at once", () => {
  const loaded = [...loadedBy(join(SRC, "cli/main.ts"))].map((file) =>
    file.startsWith(SRC) ? relative(SRC, file) : file,
  );
  assert.deepEqual(loaded.filter((name) => !name.startsWith("node:")).sort(), [
    "cli/compile-cache.ts",
    "cli/main.ts",
    "cli/options/kinds.ts",
    "cli/options/parse.ts",
    "cli/options/suggest.ts",
    "cli/options/table.ts",
    "cli/options/usage-error.ts",
    "cli/tell.ts",
    "names/printable.ts",
  ]);
});

test("the version is that of the package", () => {
  const text = readFileSync(join(SRC, "../package.json"), "utf8");
  assert.equal((JSON.parse(text) as { version: string }).version, VERSION);
});
