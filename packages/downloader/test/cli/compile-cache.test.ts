import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../src/cli/compile-cache.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

test("cacheFolder is the user's, as systems have it", () => {
  const HOME = "/home/ada";
  assert.equal(cacheFolder({ HOME }, "linux"), "/home/ada/.cache");
  assert.equal(cacheFolder({ HOME }, "darwin"), "/home/ada/Library/Caches");
  assert.equal(cacheFolder({ HOME, XDG_CACHE_HOME: "/var/ada" }, "linux"), "/var/ada");
  assert.equal(
    cacheFolder({ HOME, XDG_CACHE_HOME: "var" }, "linux"),
    "/home/ada/.cache",
    "relative paths are no paths",
  );
  assert.equal(cacheFolder({ HOME, LOCALAPPDATA: "/ada/local" }, "win32"), "/ada/local");
  for (const platform of ["linux", "win32"] as const) assert.equal(cacheFolder({}, platform), null);
});

test("the command keeps what is compiled of it, in a folder that is its user's alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-cache-"));
  try {
    const run = () => {
      const { NODE_COMPILE_CACHE: _, ...env } = process.env;
      const args = [main, "-q", "-i", "-", "-d", folder];
      const { status, stderr } = spawnSync(process.execPath, args, {
        input: "",
        encoding: "utf8",
        env: { ...env, XDG_CACHE_HOME: folder },
      });
      assert.equal(status, 0, stderr);
      return existsSync(join(folder, "download-many"));
    };
    chmodSync(folder, 0o777);
    assert.equal(run(), false, "others could write there");
    chmodSync(folder, 0o700);
    assert.equal(run(), true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
