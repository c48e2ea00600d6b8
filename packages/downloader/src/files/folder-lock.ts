/** One process at work in an output folder: the first one has its lock. */
import { lstatSync } from "node:fs";
import { type Coroutine, sleep } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import { quoted } from "../names/printable.ts";
import { fileError } from "./file-errors.ts";
import { KnownFiles } from "./known-files.ts";
import { tryLock, unlock } from "./lock-file.ts";

const LOCK_NAME = ".download-many.lock";

/** Another process is at work there; it may be gone in some milliseconds. */
const TRIES = 100;
const PAUSE = 25;

/** The locks of this process, by the folder's real path. */
const held = new Map<string, FolderLock>();

/** The lock of one folder, which all who are at work there in this process share. It is given back by the last one. */
export class FolderLock {
  /** Part files that are open, and their inodes, by their paths: no two may write to the same one. */
  readonly openParts = new Map<string, bigint>();
  private readonly _folder: string;
  private readonly _token: string;
  private _users = 0;
  private _known: KnownFiles | null = null;

  constructor(folder: string, token: string) {
    this._folder = folder;
    this._token = token;
  }

  /** The folder's store of known files, opened when it is first asked for. */
  get known(): KnownFiles {
    this._known ??= new KnownFiles(this._folder);
    return this._known;
  }

  /** Whether a part file is open. Some file systems have one file under several spellings: the inode tells. */
  isOpen(part: string): boolean {
    const { openParts } = this;
    if (openParts.size === 0) return false;
    if (openParts.has(part)) return true;
    const stat = lstatSync(part, { bigint: true, throwIfNoEntry: false });
    return stat !== undefined && openParts.values().some((inode) => inode === stat.ino);
  }

  /** One more works here. */
  share(): this {
    this._users++;
    return this;
  }

  /** One less does. */
  release(): void {
    if (--this._users > 0) return;
    forget(this._folder);
    try {
      this._known?.close();
    } finally {
      this.unlock();
    }
  }

  /** Removes the lock file. */
  unlock(): void {
    unlock(`${this._folder}/${LOCK_NAME}`, this._token);
  }
}

/**
 * Takes the lock of a folder, or shares it if this process has it.
 * @param folder its real path
 * @throws DownloadError `ERR_LOCKED` if another process has it
 */
export function* lockFolder(folder: string): Coroutine<FolderLock> {
  for (let tries = 0; tries < TRIES; tries++) {
    const ours = held.get(folder);
    if (ours !== undefined) return ours.share();
    const attempt = attemptOn(folder);
    if (attempt.state === "taken") {
      return remember(folder, new FolderLock(folder, attempt.token)).share();
    }
    if (attempt.state === "held") {
      const { pid, host } = attempt.by;
      throw new DownloadError(
        "ERR_LOCKED",
        `The folder ${quoted(folder)} is in use by process ${pid} on ${quoted(host)}: wait for it, or choose another ` +
          `folder. If there is no such process, remove ${LOCK_NAME} there`,
      );
    }
    yield* sleep(PAUSE);
  }
  throw new DownloadError(
    "ERR_LOCKED",
    `The lock ${LOCK_NAME} in ${quoted(folder)} is changed by others all the time: wait, or if nobody is at work there, remove it`,
  );
}

function attemptOn(folder: string): ReturnType<typeof tryLock> {
  try {
    return tryLock(`${folder}/${LOCK_NAME}`);
  } catch (error) {
    throw fileError(error, "lock the folder", folder);
  }
}

function remember(folder: string, lock: FolderLock): FolderLock {
  if (held.size === 0) process.on("exit", unlockAll);
  held.set(folder, lock);
  return lock;
}

function forget(folder: string): void {
  held.delete(folder);
  if (held.size === 0) process.off("exit", unlockAll);
}

/** At a `process.exit()` in the midst of it. Without that the next one would find out that this process is gone. */
function unlockAll(): void {
  for (const lock of held.values()) lock.unlock();
}
