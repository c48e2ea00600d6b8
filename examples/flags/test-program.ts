import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { countryName } from "./countries.ts";
import { flagPath } from "./file-name.ts";
import type { Mode } from "./modes.ts";
import { type FlagServer, type FlagServerOptions, startFlagServer } from "./server/server.ts";
import { original } from "./server/test-client.ts";

export const PROGRAM = fileURLToPath(new URL("main.ts", import.meta.url));

/**
 * What the programs under test find in their environment: a cache that halves the time they take to start. Their coverage
 * is not recorded: the packages have tests of their own, and a record of it is a file that a test's disk may be too
 * small for.
 */
export const env: NodeJS.ProcessEnv = {
  ...process.env,
  NODE_V8_COVERAGE: "",
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../../node_modules/.cache/node", import.meta.url)),
};

/** How a program ended. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type Running = ChildProcessByStdio<null, Readable, Readable> & { readonly ended: Promise<Ended> };

/** Starts the flags program with the node that runs the tests. */
export function start(t: TestContext, ...args: string[]): Running {
  return startCommand(t, process.execPath, PROGRAM, ...args);
}

/** Starts any program. */
export function startCommand(t: TestContext, command: string, ...args: string[]): Running {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
  // Only of use when an assertion failed before the program ended.
  t.after(() => child.kill("SIGKILL"));
  const outcome = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const ended = outcome.then(([stdout, stderr, [code, signal]]): Ended => ({ stdout, stderr, code, signal }));
  return Object.assign(child, { ended });
}

/** Runs the flags program to its end. */
export function run(t: TestContext, ...args: string[]): Promise<Ended> {
  return start(t, ...args).ended;
}

/** A flag server that is closed after the test. */
export async function serve(t: TestContext, options: FlagServerOptions): Promise<FlagServer> {
  const server = await startFlagServer(options);
  t.after(() => server.close());
  return server;
}

/** An empty folder that is removed after the test. */
export async function emptyFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "flags-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Asserts that the folder holds these flags, each byte for byte, and nothing else. `mode` is how they were saved: in
 * `named` their files have the names of their countries.
 */
export async function assertHolds(folder: string, codes: readonly string[], mode?: Mode): Promise<void> {
  const fileOf = (cc: string) =>
    basename(flagPath(folder, { cc, country: mode === "named" ? countryName(cc) : undefined }));
  const names = await readdir(folder);
  assert.deepEqual(names.sort(), codes.map(fileOf).sort());
  for (const code of codes) {
    const name = fileOf(code);
    const [saved, image] = await Promise.all([readFile(join(folder, name)), original(code)]);
    assert.ok(saved.equals(image), `${name} differs from the package's image`);
  }
}

/** The lines of a text that ends with a line end. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  assert.equal(lines.pop(), "", "the output does not end with a line end");
  return lines;
}
