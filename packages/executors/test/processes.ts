/** Whether processes that are not our children have ended. */
import { existsSync, readFileSync } from "node:fs";

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // An orphan that nobody has reaped has ended nevertheless.
  const stat = `/proc/${pid}/stat`;
  if (!existsSync("/proc/self/stat")) return true;
  try {
    return !/^\d+ \(.*\) Z /s.test(readFileSync(stat, "utf8"));
  } catch {
    return false;
  }
}

/** Those of them that are alive. */
export function living(pids: readonly number[]): number[] {
  return pids.filter(alive);
}

/** Resolves when none of them is alive. */
export async function ended(...pids: readonly number[]): Promise<void> {
  while (living(pids).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
