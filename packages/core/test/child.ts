import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How a program of `programs/` ended and what it printed. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds after which a program is ended that spins for ever. */
const LONGEST = 600_000;

/** Runs a program of `programs/` in a process of its own, to its end; `env`: what differs in its environment. */
export async function runProgram(
  name: string,
  args: string[] = [],
  flags: string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const file = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [...flags, file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LONGEST,
    env: { ...process.env, NODE_OPTIONS: "", NODE_TEST_CONTEXT: "", ...env },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}
