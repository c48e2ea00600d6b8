/** Pyodide is fetched for this command alone: its 13 MB are no part of the workspace. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The CPython whose asyncio decides. */
export const VERSION = "3.14.2";

const FOLDER = new URL("reference/", import.meta.url);

export const PYODIDE = new URL("node_modules/pyodide/pyodide.mjs", FOLDER);

/** Installs what the lock file beside it says, unless that was done before. */
export function install(): void {
  if (existsSync(PYODIDE)) return;
  console.log(
    `Fetching CPython ${VERSION} as WebAssembly (pyodide, 13 MB), once: npm ci in conformance/fuzz/reference`,
  );
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status, error } = spawnSync("npm", args, { cwd: fileURLToPath(FOLDER), stdio: "inherit" });
  if (status === 0) return;
  throw new Error(`CPython is not there, and npm could not fetch it${error === undefined ? "" : `: ${error.message}`}`);
}
