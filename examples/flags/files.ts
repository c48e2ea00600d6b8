/** Saving, for this thread or a worker's: it blocks the thread it runs in. */

import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { getSystemErrorMessage } from "node:util";
import { flagPath } from "./file-name.ts";
import { type Flag, FlagError } from "./flag.ts";

/**
 * Saves a flag as a whole or not at all; the folder is made if needed. A file that is there already is replaced.
 *
 * @throws FlagError that names the file and says what the system says
 */
export function saveFlag(folder: string, flag: Flag): void {
  const { cc, image } = flag;
  const path = flagPath(folder, flag);
  try {
    mkdirSync(folder, { recursive: true });
    writeWhole(path, image);
  } catch (error) {
    throw new FlagError(cc, "error", `cannot save ${path}: ${reasonOf(error, folder)}`, { cause: error });
  }
}

/**
 * Writes a file beside the one that is meant and renames it when it is whole.
 *
 * Not by write-file-atomic 8 or atomically 2: they write once and do not look at how much was written, so on a disk
 * that is getting full they keep a truncated file and report success.
 */
function writeWhole(path: string, data: Uint8Array): void {
  const part = `${path}.${randomUUID()}.part`;
  const file = openSync(part, "wx");
  try {
    try {
      writeFileSync(file, data);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function reasonOf(error: unknown, folder: string): string {
  const { code, errno } = error as NodeJS.ErrnoException;
  if (code === "EEXIST") return `${folder} is not a folder`;
  return errno === undefined ? String(error) : `${getSystemErrorMessage(errno)} (${code})`;
}
