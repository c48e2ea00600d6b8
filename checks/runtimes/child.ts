/** Processes that this check has started: none outlives it. */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";

const started = new Set<ChildProcess>();

/** A process with a group of its own, so that what it starts itself can be ended with it. */
export function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  started.add(child);
  child.once("close", () => started.delete(child));
  return child;
}

/** Ends it and what it has started. */
export function end({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // It and all of its children have gone already.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

export function endAll(): void {
  for (const child of started) end(child);
}

/** What a command prints. @throws with all that it printed if it fails */
export function outputOf(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 180_000 });
  if (status === 0) return stdout.trim();
  throw new Error(
    `${command} ${args.join(" ")} failed: ${error?.message ?? `code ${status}`}\n${stdout}${stderr}`.trim(),
  );
}
