/** What is known of files that are whole: by which version of which address they are, to ask whether there is a newer one. */
import { existsSync, lstatSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { DownloadError } from "../errors.ts";
import { printable, quoted } from "../names/printable.ts";
import { removeIfThere } from "./small-files.ts";

/** By what a file is known. */
export interface KnownFile {
  /** As `recordedUrl` gives it. */
  readonly url: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Of the file when it was saved: another size or time tells that somebody changed it since. */
  readonly size: number;
  readonly mtimeMs: number;
}

const NAME = ".download-many.db";

/** Changed when the table is: an older store is thrown away then, it only saves time. */
const VERSION = 1;

/**
 * The store is of SQLite, which Node has built in: its memory is bounded, and a process that is killed leaves it whole. Whoever
 * has the folder's lock has it for itself.
 */
const SET_UP = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  PRAGMA user_version = ${VERSION};
  CREATE TABLE IF NOT EXISTS files (
    name TEXT PRIMARY KEY, url TEXT NOT NULL, etag TEXT, lastModified TEXT, size INTEGER NOT NULL, mtimeMs INTEGER NOT NULL
  ) WITHOUT ROWID, STRICT`;

/** The files of one output folder that are known. */
export class KnownFiles {
  private readonly _database: DatabaseSync;
  private readonly _get: StatementSync;
  private readonly _set: StatementSync;

  /**
   * @param folder the output folder; its lock is held
   * @throws DownloadError `ERR_LINK` if something else has the store's name, `ERR_STORE` if it can't be made
   */
  constructor(folder: string) {
    this._database = openDatabase(`${folder}/${NAME}`);
    this._get = this._database.prepare("SELECT url, etag, lastModified, size, mtimeMs FROM files WHERE name = ?");
    this._set = this._database.prepare("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)");
  }

  /** What is known of a file, `null` if nothing is, or if it is not as it was saved. */
  get(name: string, url: string, now: { readonly size: number; readonly mtimeMs: number }): KnownFile | null {
    const known = helpful(() => this._get.get(name) as unknown as KnownFile | undefined);
    const isSame = known?.url === url && known.size === now.size && known.mtimeMs === Math.trunc(now.mtimeMs);
    return isSame ? known : null;
  }

  /** Remembers a file. Once this returns it outlives the process. */
  set(name: string, { url, etag, lastModified, size, mtimeMs }: KnownFile): void {
    helpful(() => this._set.run(name, url, etag, lastModified, size, Math.trunc(mtimeMs)));
  }

  close(): void {
    this._database.close();
  }
}

function openDatabase(path: string): DatabaseSync {
  // SQLite follows links.
  for (const each of [path, `${path}-wal`]) {
    const stat = lstatSync(each, { throwIfNoEntry: false });
    if (stat !== undefined && !stat.isFile()) {
      throw new DownloadError("ERR_LINK", `${quoted(each)} is no file: remove it`);
    }
  }
  if (!existsSync(path)) return setUp(path);
  try {
    return setUp(path);
  } catch {
    // It is broken, or of another version. What it knew only saves time.
    for (const suffix of ["", "-wal", "-shm", "-journal"]) removeIfThere(path + suffix);
    return setUp(path);
  }
}

/** A store that fails, as the disk is full or a page of it broken, only helps no more: nothing is wrong with the files. */
function helpful<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}

function setUp(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new (sqlite().DatabaseSync)(path);
    const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
    if (version !== 0 && version !== VERSION) throw new Error("another version");
    database.exec(SET_UP);
    return database;
  } catch (error) {
    database?.close();
    const reason = printable(error instanceof Error ? error.message : String(error));
    throw new DownloadError("ERR_STORE", `Can't open ${quoted(path)}: ${reason}`, { cause: error });
  }
}

/** Some versions of Node print a warning when it is loaded, that it may change: users can't do anything about it. */
function sqlite(): typeof import("node:sqlite") {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
