/** Who a process is, so that one that is gone is not taken for another one that has its number now. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process, as a lock file names it. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Within which `pid` is a process's number: a container has its own. `null` where the system does not tell. */
  readonly space: string | null;
  /** When it was started, as the system tells it; `null` where it does not. */
  readonly started: string | null;
}

/** Of this process. */
export function ownIdentity(): ProcessIdentity {
  return { host: hostname(), pid: process.pid, space: ownSpace(), started: statOf(process.pid)?.started ?? null };
}

/**
 * Whether a process is at work still. One of another machine or container may be: nothing can be found out about it.
 */
export function isAlive({ host, pid, space, started }: ProcessIdentity): boolean {
  if (host !== hostname() || space !== ownSpace()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const stat = statOf(pid);
  if (stat === null) return true;
  return !stat.isDead && (started === null || stat.started === started);
}

/** The name of this process's PID namespace. Source: namespaces(7). */
function ownSpace(): string | null {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}

/** What Linux tells of a process: proc(5), `/proc/PID/stat`, fields 3 and 22. */
function statOf(pid: number): { readonly isDead: boolean; readonly started: string } | null {
  const text = textOf(`/proc/${pid}/stat`);
  // The second field, the name in parentheses, may hold any character.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = ""] = fields;
  const ticks = fields[19];
  if (ticks === undefined) return null;
  // The time since the machine was started; so also which start of it that was.
  return { isDead: /[ZXx]/.test(state), started: `${ticks}@${textOf("/proc/sys/kernel/random/boot_id").trim()}` };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
