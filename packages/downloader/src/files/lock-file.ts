/** A lock file that names its owner. One whose owner is gone is taken over at once, by one process only. */
import { closeSync, constants, fstatSync, openSync, readSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { errnoOf } from "./file-errors.ts";
import { isAlive, ownIdentity, type ProcessIdentity } from "./process-identity.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** What a lock file says. */
interface LockText extends ProcessIdentity {
  /** Different for each time a lock was taken. */
  readonly token: string;
}

/** Milliseconds after which a lock file that names nobody was not just being written. */
const WRITTEN_BY_THEN = 2000;

/** Processes that died while they took a lock over, one on top of the other, that are put up with. */
const DEEPEST = 4;

export type LockAttempt =
  | { readonly state: "taken"; readonly token: string }
  | { readonly state: "held"; readonly by: ProcessIdentity }
  /** Just now somebody else takes it: to be tried again in some milliseconds. */
  | { readonly state: "changing" };

/**
 * Tries to take the lock. A file with a dead owner is changed by none but the owner of `PATH.takeover`, a lock of the same
 * kind, who renames that one over it: so nobody removes what another one has just taken.
 * @throws errors of the file system
 */
export function tryLock(path: string, depth = 0): LockAttempt {
  const token = create(path);
  // Read again: had this process been asleep before it wrote, it was taken for dead, and the file is another one's now.
  if (token !== null) return read(path)?.text?.token === token ? { state: "taken", token } : { state: "changing" };
  const found = read(path);
  if (found === null) return { state: "changing" };
  if (isHeld(found)) return found.text === null ? { state: "changing" } : { state: "held", by: found.text };
  if (depth === DEEPEST) return { state: "changing" };
  const takeover = `${path}.takeover`;
  const attempt = tryLock(takeover, depth + 1);
  if (attempt.state !== "taken") return { state: "changing" };
  let isOurs = false;
  try {
    const now = read(path);
    // If not, it was taken over meanwhile, by one who has given up `takeover` since.
    if (now !== null && !isHeld(now)) {
      renameSync(takeover, path);
      isOurs = true;
    }
  } finally {
    if (!isOurs) unlinkSync(takeover);
  }
  return isOurs ? attempt : { state: "changing" };
}

/** Gives the lock back. Does nothing if it is another one's by now. */
export function unlock(path: string, token: string): void {
  if (read(path)?.text?.token === token) unlinkSync(path);
}

/** Makes the file, and gives its token; `null` if there is one. */
function create(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return null;
    throw error;
  }
  try {
    const token = newToken();
    writeSync(fd, `${JSON.stringify({ ...ownIdentity(), token } satisfies LockText)}\n`);
    return token;
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Not by crypto: to load that takes longer than many a download. */
function newToken(): string {
  return `${process.hrtime.bigint().toString(36)}-${Math.random().toString(36).slice(2)}`;
}

interface Found {
  /** `null`: nobody is named, or not yet. */
  readonly text: LockText | null;
  readonly age: number;
}

function isHeld({ text, age }: Found): boolean {
  return text === null ? age < WRITTEN_BY_THEN : isAlive(text);
}

/** `null` if there is none. */
function read(path: string): Found | null {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw error;
  }
  try {
    const buffer = Buffer.alloc(4096);
    const text = buffer.toString("utf8", 0, readSync(fd, buffer));
    return { text: parsed(text), age: Date.now() - fstatSync(fd).mtimeMs };
  } finally {
    closeSync(fd);
  }
}

function parsed(text: string): LockText | null {
  try {
    const value = JSON.parse(text) as Partial<LockText> | null;
    const { host, pid, space = null, started = null, token } = value ?? {};
    const isWhole =
      typeof host === "string" && Number.isSafeInteger(pid) && (pid as number) > 0 && typeof token === "string";
    return isWhole ? { host, pid: pid as number, space, started, token } : null;
  } catch {
    return null;
  }
}
