import { closeSync, existsSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import type { Coroutine } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import { quoted } from "../names/printable.ts";
import { errnoOf, fileError } from "./file-errors.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import type { KnownFiles } from "./known-files.ts";
import { makeFolder } from "./make-folder.ts";
import { outputPath, partPath } from "./output-path.ts";
import { PartFile, type Publishing } from "./part-file.ts";
import { publish } from "./publish.ts";
import { createAnew, removeIfThere, setTime, writeAll } from "./small-files.ts";

/** What is there under a name. */
export type Found =
  | { readonly kind: "none" }
  | { readonly kind: "file"; readonly size: number; readonly mtimeMs: number }
  | { readonly kind: "other"; readonly isFolder: boolean };

const NONE: Found = { kind: "none" };

/** Bodies of at most so many bytes are written while the loop waits: that takes less than to ask a thread. */
const SMALL = 64 * 1024;

/** Subfolders of which it is remembered that they are there. */
const MOST_FOLDERS = 4096;

/** Names that lead out of the folder or to files of ours: absolute, with a part that is empty or begins with a dot. */
const OUTSIDE = process.platform === "win32" ? /(?:^|\/)(?:\.|\/|$)|[\\:\0]/ : /(?:^|\/)(?:\.|\/|$)|\0/;

/**
 * Opens the folder for files, which is made if it is not there, and takes its lock: `using folder = yield* openFolder("out")`.
 * @param options.fsync whether each file is on the disk before it has its name. Default: false
 * @throws DownloadError `ERR_LOCKED` if another process is at work there; those of the file system
 */
export function* openFolder(
  dir: string,
  { fsync = false }: { readonly fsync?: boolean } = {},
): Coroutine<OutputFolder> {
  let path: string;
  try {
    makeFolder(dir);
    path = realpathSync(dir);
  } catch (error) {
    throw fileError(error, "make the folder", dir);
  }
  return new OutputFolder(path, yield* lockFolder(path), fsync);
}

/** The folder that files are saved in. All names are paths inside of it, with "/". Nothing is written through a link. */
export class OutputFolder {
  /** Its real path. */
  readonly path: string;
  private readonly _lock: FolderLock;
  private readonly _fsync: boolean;
  /** Subfolders that are there and no links, by their names. */
  private readonly _folders = new Set<string>();
  private _isOpen = true;

  /** Use `openFolder`. */
  constructor(path: string, lock: FolderLock, fsync: boolean) {
    this.path = path.endsWith("/") ? path.slice(0, -1) : path;
    this._lock = lock;
    this._fsync = fsync;
  }

  /** What is there. @throws DownloadError `ERR_LINK` if one of its folders is a link, `ERR_NOT_A_FOLDER`, `ERR_NAME` */
  find(name: string): Found {
    const folder = this._folderOf(name, false);
    if (folder === null) return NONE;
    const stat = this._try("look for", name, () => lstatSync(`${this.path}/${name}`, { throwIfNoEntry: false }));
    if (stat === undefined) return NONE;
    if (stat.isFile()) return { kind: "file", size: stat.size, mtimeMs: stat.mtimeMs };
    return { kind: "other", isFolder: stat.isDirectory() };
  }

  /** What is known of files that are whole, for asking whether there are newer ones. */
  get known(): KnownFiles {
    return this._lock.known;
  }

  /** Whether a part file may be there that one can go on from. */
  hasPart(name: string): boolean {
    const folder = this._folderOf(name, false);
    return folder !== null && existsSync(`${partPath(folder, baseOf(name))}.json`);
  }

  /**
   * Opens the part file of `name`, or makes a new one. It is empty if it is new or nobody knows what it is of.
   * @throws DownloadError `ERR_PART_BUSY` if it is open in this process already
   */
  openPart(name: string): PartFile {
    return this._inFolder("open the part of", name, (folder) => {
      const path = outputPath(folder, name);
      this._checkFree(path.part, name);
      return new PartFile(path, this._lock, this._fsync);
    });
  }

  /**
   * Saves a body that is whole: writes a part file, and gives it its name. What is small is written at once, else on the
   * thread pool. Where `hasPart` says so, the part is to be dropped first, by `openPart` and `discard`.
   * @throws DownloadError `ERR_EXISTS` if the name is taken and `replace` is false; those of the file system. Then nothing is left of it.
   */
  *saveWhole(name: string, chunks: readonly Uint8Array[], publishing: Publishing = {}): Coroutine<void> {
    let length = 0;
    for (const chunk of chunks) length += chunk.byteLength;
    if (length <= SMALL && !this._fsync) return this._saveSmall(name, chunks, publishing);
    let part = this.openPart(name);
    try {
      if (part.record !== null) {
        yield* part.discard();
        part = this.openPart(name);
      }
      const writer = part.writer(0);
      for (const chunk of chunks) if (!writer.write(chunk)) yield* writer.drain();
      yield* part.finish(publishing);
    } finally {
      yield* part.discard();
    }
  }

  /** Removes what an interrupted run has left beside a file that is whole. */
  sweep(name: string): void {
    const folder = this._folderOf(name, false);
    if (folder === null) return;
    const { part, record, newRecord } = outputPath(folder, name);
    if (this._lock.isOpen(part)) return;
    this._try("remove the part of", name, () => {
      for (const path of [record, newRecord, part]) {
        if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) removeIfThere(path);
      }
    });
  }

  /** Gives the lock back, once its part files are closed too. */
  close(): void {
    if (!this._isOpen) return;
    this._isOpen = false;
    this._lock.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private _saveSmall(name: string, chunks: readonly Uint8Array[], { mtime, replace = false }: Publishing): void {
    this._inFolder("save", name, (folder) => {
      const base = baseOf(name);
      const part = partPath(folder, base);
      this._checkFree(part, name);
      const fd = createAnew(part, 0o666, `${part}.json`);
      try {
        try {
          writeAll(fd, chunks);
          setTime(fd, mtime);
        } finally {
          closeSync(fd);
        }
        publish(part, `${folder}/${base}`, name, replace);
      } catch (error) {
        removeIfThere(part);
        throw error;
      }
    });
  }

  /** Makes an attempt in the folder that `name` is in, which is made if it is not there. */
  private _inFolder<T>(doing: string, name: string, attempt: (folder: string) => T): T {
    return this._try(doing, name, () => {
      try {
        return attempt(this._folderOf(name, true) as string);
      } catch (error) {
        if (errnoOf(error) !== "ENOENT") throw error;
        // Somebody removed a folder that was there when we looked.
        this._folders.clear();
        return attempt(this._folderOf(name, true) as string);
      }
    });
  }

  private _checkFree(part: string, name: string): void {
    if (!this._lock.isOpen(part)) return;
    throw new DownloadError("ERR_PART_BUSY", `The part of ${quoted(name)} is open already: another download writes it`);
  }

  /** The path of the folder that `name` is in. @returns null if it is not there, and not to be made */
  private _folderOf(name: string, make: boolean): string | null {
    if (OUTSIDE.test(name)) {
      throw new DownloadError("ERR_NAME", `The name ${quoted(name)} is none of a file inside the output folder`);
    }
    const end = name.lastIndexOf("/");
    if (end < 0) return this.path;
    const folder = name.slice(0, end);
    if (!this._folders.has(folder) && !this._walk(folder, make)) return null;
    return `${this.path}/${folder}`;
  }

  /** Looks at each folder on the way, or makes it. */
  private _walk(folder: string, make: boolean): boolean {
    for (let end = folder.indexOf("/"); ; end = folder.indexOf("/", end + 1)) {
      const inside = end < 0 ? folder : folder.slice(0, end);
      if (!this._folders.has(inside) && !this._step(inside, make)) return false;
      if (end < 0) return true;
    }
  }

  private _step(inside: string, make: boolean): boolean {
    const path = `${this.path}/${inside}`;
    return this._try("make the folder", inside, () => {
      let stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined) {
        if (!make) return false;
        try {
          mkdirSync(path);
        } catch (error) {
          if (errnoOf(error) !== "EEXIST") throw error;
        }
        stat = lstatSync(path);
      }
      if (stat.isSymbolicLink()) {
        throw new DownloadError(
          "ERR_LINK",
          `The folder ${quoted(inside)} is a symbolic link: nothing is written through one`,
        );
      }
      if (!stat.isDirectory()) {
        throw new DownloadError("ERR_NOT_A_FOLDER", `${quoted(inside)} is to be a folder, and there is something else`);
      }
      if (this._folders.size >= MOST_FOLDERS) this._folders.clear();
      this._folders.add(inside);
      return true;
    });
  }

  private _try<T>(doing: string, name: string, attempt: () => T): T {
    try {
      return attempt();
    } catch (error) {
      throw fileError(error, doing, name);
    }
  }
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
