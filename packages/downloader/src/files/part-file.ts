import { close, closeSync, constants, fstatSync, fsync, ftruncate, lstatSync, openSync, read } from "node:fs";
import type { Coroutine } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import { quoted } from "../names/printable.ts";
import type { Hashing } from "./checksums.ts";
import { errnoOf, fileError } from "./file-errors.ts";
import type { FolderLock } from "./folder-lock.ts";
import type { OutputPath } from "./output-path.ts";
import { fitsRecord, type PartRecord, readRecord, writeRecord } from "./part-record.ts";
import { PieceWriter } from "./piece-writer.ts";
import { onPool } from "./pool.ts";
import { publish, syncFolder } from "./publish.ts";
import { removeIfThere, setTime } from "./small-files.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;

/** Bytes that are read at a time, to hash them. */
const PIECE = 1024 * 1024;

/** How a file gets its name. */
export interface Publishing {
  /** Its time of last change, in milliseconds since 1970. */
  readonly mtime?: number | null;
  /** Whether a file of that name gives way. Default: false. */
  readonly replace?: boolean;
}

/**
 * A file that is not whole yet: `.NAME.part`, and `.NAME.part.json`, which says what it is of. It ends by one of
 * `finish`, `keep` and `discard`; after that, further ones do nothing, so that `keep` may stand in a `finally`.
 */
export class PartFile {
  /** Path of the whole file inside the output folder. */
  readonly name: string;
  /** What it was of when it was opened; `null`: it is new, or nobody knows. Then it is empty, and has no record. */
  readonly record: PartRecord | null;
  /** Bytes it had when it was opened. */
  readonly size: number;
  private readonly _path: OutputPath;
  private readonly _lock: FolderLock;
  private readonly _fsync: boolean;
  private readonly _inode: bigint;
  private _fd: number | null;
  private _hasRecord: boolean;
  private _isOver = false;
  private _writers: PieceWriter[] = [];

  /** Takes over a place of `lock`. Use `OutputFolder.openPart`. */
  constructor(path: OutputPath, lock: FolderLock, fsync: boolean) {
    this.name = path.name;
    this._path = path;
    this._lock = lock;
    this._fsync = fsync;
    const record = readRecord(path.record);
    const fd = record === null ? null : openUsable(path, record);
    this._fd = fd ?? createPart(path);
    const { size, ino } = fstatSync(this._fd, { bigint: true });
    this.size = Number(size);
    this._inode = ino;
    this.record = fd === null ? null : record;
    this._hasRecord = fd !== null;
    lock.openParts.set(path.part, ino);
    lock.share();
  }

  /**
   * Begins anew: whatever it has is dropped, and it is said what will come. To be called before the first byte is written
   * of what is not a continuation.
   */
  *restart(record: PartRecord): Coroutine<void> {
    yield* this._settle();
    this._writers = [];
    // In this order: an old record may stand beside an empty part, and never a new one beside old bytes.
    yield* this._call("write", (fd, done) => ftruncate(fd, 0, done));
    yield* this.remember(record);
  }

  /**
   * Says what it is of, and how far its pieces are: what is written there must be written already. A later run goes on
   * from there.
   */
  *remember(record: PartRecord): Coroutine<void> {
    if (this._fsync) yield* this._call("write", (fd, done) => fsync(fd, done));
    try {
      writeRecord(this._path.record, this._path.newRecord, record, !this._hasRecord);
      this._hasRecord = true;
    } catch (error) {
      throw fileError(error, "write the record of", this.name);
    }
  }

  /**
   * A writer from `position` on. Several may be at work, each on bytes of its own.
   * @param frees whether it may free the memory of what is written: its chunks are used by nobody else
   */
  writer(position: number, frees = false): PieceWriter {
    const writer = new PieceWriter(this._open(), position, this.name, frees);
    this._writers.push(writer);
    return writer;
  }

  /** Makes it so many bytes long; what was longer is dropped. */
  *truncate(size: number): Coroutine<void> {
    yield* this._settle();
    yield* this._call("write", (fd, done) => ftruncate(fd, size, done));
  }

  /**
   * Feeds the first `length` bytes to `hashing`, read on the thread pool.
   * @throws DownloadError `ERR_PART_CHANGED` if there are fewer
   */
  *hash(hashing: Hashing, length: number): Coroutine<void> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE, length));
    let position = 0;
    while (position < length) {
      const wanted = Math.min(buffer.length, length - position);
      const count: number = yield* this._call("read", (fd, done) => read(fd, buffer, 0, wanted, position, done));
      if (count === 0) {
        throw this._changed("was cut off by somebody else");
      }
      hashing.update(buffer.subarray(0, count));
      position += count;
    }
  }

  /**
   * Writes what is left to write, and gives the file its name.
   * @throws DownloadError `ERR_EXISTS` if the name is taken, and is not to be replaced; `ERR_PART_CHANGED` if somebody removed
   *   it, or put another file in its place; those of writing. It can be kept or discarded then.
   */
  *finish({ mtime, replace = false }: Publishing = {}): Coroutine<void> {
    for (const writer of this._writers) yield* writer.flush();
    const fd = this._open();
    try {
      setTime(fd, mtime);
      if (this._fsync) yield* this._call("write", (open, done) => fsync(open, done));
      yield* this._close();
      if (this._bytesThere() === null) throw this._changed("is gone, or another file is in its place");
      publish(this._path.part, this._path.target, this.name, replace);
      // From here on it is there: whatever comes, nothing of it is to be kept or discarded.
      try {
        if (this._hasRecord) removeIfThere(this._path.record);
      } finally {
        this._over();
      }
      if (this._fsync) yield* syncFolder(this._path.folder);
    } catch (error) {
      throw fileError(error, "save", this.name);
    }
  }

  /** Closes it, so that a later run can go on; what nobody could go on from is removed. Waits for what is being written. */
  *keep(): Coroutine<void> {
    yield* this._end(() => !this._hasRecord || !this._bytesThere());
  }

  /** Closes and removes it. Waits for what is being written. */
  *discard(): Coroutine<void> {
    yield* this._end(() => true);
  }

  private *_end(isWaste: () => boolean): Coroutine<void> {
    if (this._isOver) return;
    try {
      try {
        yield* this._settle();
      } finally {
        yield* this._close();
      }
    } finally {
      if (!this._isOver) this._leave(isWaste);
    }
  }

  private _leave(isWaste: () => boolean): void {
    try {
      if (!isWaste()) return;
      // The record first: it must never stand beside other bytes.
      if (this._hasRecord) removeIfThere(this._path.record);
      removeIfThere(this._path.part);
    } catch (error) {
      throw fileError(error, "remove the part of", this.name);
    } finally {
      this._over();
    }
  }

  /** The last step: another process may come then. */
  private _over(): void {
    this._isOver = true;
    this._lock.openParts.delete(this._path.part);
    this._lock.release();
  }

  /** How many bytes its path has; `null` if it is not there any more. */
  private _bytesThere(): bigint | null {
    const stat = lstatSync(this._path.part, { bigint: true, throwIfNoEntry: false });
    return stat?.ino === this._inode ? stat.size : null;
  }

  private _changed(what: string): DownloadError {
    return new DownloadError("ERR_PART_CHANGED", `The part of ${quoted(this.name)} ${what}`);
  }

  private _open(): number {
    if (this._fd === null) throw new DownloadError("ERR_PART_CLOSED", `The part of ${quoted(this.name)} is closed`);
    return this._fd;
  }

  /** No thread writes to it after that. */
  private *_settle(): Coroutine<void> {
    let cancellation: { readonly error: unknown } | null = null;
    for (const writer of this._writers) {
      try {
        yield* writer.settle();
      } catch (error) {
        cancellation = { error };
      }
    }
    if (cancellation !== null) throw cancellation.error;
  }

  private *_close(): Coroutine<void> {
    const fd = this._fd;
    if (fd === null) return;
    this._fd = null;
    yield* onPool((done) => close(fd, (error) => done(error ?? null, undefined)));
  }

  private *_call<T = void>(
    doing: string,
    start: (fd: number, done: (error: Error | null, value?: T) => void) => void,
  ): Coroutine<T> {
    const fd = this._open();
    try {
      return yield* onPool<T>((done) => start(fd, (error, value) => done(error, value as T)));
    } catch (error) {
      throw fileError(error, doing, this.name);
    }
  }
}

/** Opens the part that is there if it is what the record says. A link, or a file with two names, is none of ours. */
function openUsable({ part, newRecord }: OutputPath, record: PartRecord): number | null {
  let fd: number;
  try {
    fd = openSync(part, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (/^(?:ENOENT|ELOOP|EMLINK|ENXIO|EISDIR)$/.test(errnoOf(error))) return null;
    throw error;
  }
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.nlink === 1 && stat.size > 0 && fitsRecord(record, stat.size)) {
    removeIfThere(newRecord);
    return fd;
  }
  closeSync(fd);
  return null;
}

/** Makes a new one, in the place of whatever is there. The record goes first: it must never stand beside other bytes. */
function createPart({ part, record, newRecord }: OutputPath): number {
  for (const path of [record, newRecord, part]) {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) removeIfThere(path);
  }
  return openSync(part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
}
