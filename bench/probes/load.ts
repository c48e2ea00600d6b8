/** How many bytes the package is for a browser, and how long a program waits for its import. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { median } from "../statistics.ts";
import { inChild } from "./child.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PROCESSES = 15;

export interface Size {
  readonly what: string;
  readonly minified: number;
  readonly gzipped: number;
}

const PROGRAMS: readonly (readonly [what: string, program: string])[] = [
  ["yieldfrom, { run, sleep, createTask }", 'export { run, sleep, createTask } from "yieldfrom"'],
  ["yieldfrom, all", 'export * from "yieldfrom"'],
  ["effect, { runPromise, sleep, forkChild }", 'export { runPromise, sleep, forkChild } from "effect/Effect"'],
  ["effection, { run, sleep, spawn }", 'export { run, sleep, spawn } from "effection"'],
  ["effection, all", 'export * from "effection"'],
];

/** Bundled and minified by esbuild, from the sources; gzip at its strongest. */
export async function sizes(): Promise<Size[]> {
  return Promise.all(
    PROGRAMS.map(async ([what, program]) => {
      const code = await bundle(program, true);
      return { what, minified: code.length, gzipped: gzipSync(code, { level: 9 }).length };
    }),
  );
}

async function bundle(program: string, minify: boolean): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: join(root, "bench"), loader: "ts" },
    bundle: true,
    minify,
    format: "esm",
    target: "es2023",
    external: ["node:*"],
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]!.contents;
}

export interface ImportTime {
  readonly what: string;
  /** Median milliseconds of `await import()` in fresh processes. */
  readonly ms: number;
}

/** Several packages in turn, each time in a fresh process. */
export async function importTimes(): Promise<ImportTime[]> {
  const { status } = spawnSync(process.execPath, ["checks/build.ts"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error("the packages can't be built: see above");
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-bench-"));
  try {
    const bundled = join(folder, "bundled.mjs");
    writeFileSync(bundled, await bundle('export * from "yieldfrom"', false));
    const modules = {
      "yieldfrom, as built for npm": pathToFileURL(join(root, "packages/core/dist/index.js")).href,
      "yieldfrom, in one file": pathToFileURL(bundled).href,
      "yieldfrom, its sources with types stripped": import.meta.resolve("yieldfrom"),
      effect: import.meta.resolve("effect"),
      effection: import.meta.resolve("effection"),
    };
    const times = new Map<string, number[]>(Object.keys(modules).map((what) => [what, []]));
    for (let round = 0; round < PROCESSES; round++) {
      for (const [what, module] of Object.entries(modules)) {
        times.get(what)!.push((await inChild(new URL("load-child.ts", import.meta.url), [module])) as number);
      }
    }
    return [...times].map(([what, all]) => ({ what, ms: median(all) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
