import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DownloadError } from "../errors.ts";
import { quoted } from "../names/printable.ts";
import { errnoOf } from "./file-errors.ts";

/**
 * Makes a folder and those above it, if it is not there. Node's own `recursive` never returns where a file system takes no
 * folders and says ENOENT, as `/proc` does.
 * @throws DownloadError `ERR_NOT_A_FOLDER` if something else is there; errors of the file system
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory()) return;
    if (there !== undefined) {
      throw new DownloadError("ERR_NOT_A_FOLDER", `${quoted(path)} is to be a folder, and there is something else`);
    }
    const above = dirname(resolve(path));
    if (errnoOf(error) !== "ENOENT" || existsSync(above)) throw error;
    makeFolder(above);
    mkdirSync(path);
  }
}
