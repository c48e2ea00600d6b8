/** How many bytes the package is for a browser, and how long a program waits for its import. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { type Core, SOURCES } from "../core.ts";
import { median } from "../statistics.ts";
import { inChild } from "./child.ts";

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

/** Bundled and minified by esbuild, from what is measured; gzip at its strongest. */
export async function sizes({ url }: Core): Promise<Size[]> {
  return Promise.all(
    PROGRAMS.map(async ([what, program]) => {
      const code = await bundle(program, fileURLToPath(url));
      return { what, minified: code.length, gzipped: gzipSync(code, { level: 9 }).length };
    }),
  );
}

async function bundle(program: string, core: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    minify: true,
    alias: { yieldfrom: core },
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
export async function importTimes({ measured, url }: Core): Promise<ImportTime[]> {
  const modules = {
    ...(measured === "built" && { "yieldfrom, as built for npm": url }),
    "yieldfrom, its sources with types stripped": SOURCES.url,
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
}
