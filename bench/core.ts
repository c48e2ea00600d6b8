/** The core that is measured: the one file that users install, as `checks/build.ts` makes it, or the sources. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Library } from "./row.ts";

export type Measured = "built" | "sources";

export interface Core {
  readonly measured: Measured;
  readonly url: string;
}

export const root = fileURLToPath(new URL("..", import.meta.url));

export const SOURCES: Core = { measured: "sources", url: import.meta.resolve("yieldfrom") };

/** Bundles the cores of these checkouts, and deletes what was made after `use`. */
export async function withBuilt<T>(
  checkouts: readonly string[],
  use: (...cores: readonly Core[]) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-built-"));
  try {
    const files = await Promise.all(checkouts.map((checkout, index) => built(checkout, join(folder, String(index)))));
    return await use(...files.map((file) => ({ measured: "built" as const, url: pathToFileURL(file).href })));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By a process of its own, as the bundler's threads and heap would stay in this one. */
async function built(checkout: string, folder: string): Promise<string> {
  const program = "const [, url, ...to] = process.argv; console.log(await (await import(url)).bundleCore(...to));";
  const bundler = new URL("../checks/bundle.ts", import.meta.url).href;
  const args = ["--input-type=module", "--eval", program, bundler, checkout, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout.trim();
}

/** This checkout's. */
export async function withCore<T>(measured: Measured, use: (core: Core) => Promise<T>): Promise<T> {
  return measured === "sources" ? use(SOURCES) : withBuilt([root], (core) => use(core!));
}

export async function load({ url }: Core): Promise<Library> {
  return (await import(url)) as Library;
}
