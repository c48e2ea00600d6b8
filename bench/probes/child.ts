import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program of its own in a fresh Node and gives the JSON it prints. */
export async function inChild(program: URL | string, args: readonly string[], flags: readonly string[] = []) {
  const path = program instanceof URL ? program.pathname : program;
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, path, ...args], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout) as unknown;
}
