import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { errnoOf } from "./file-errors.ts";

/**
 * Makes a folder and those above it, if it is not there. Node's own `recursive` never returns where a file system takes no
 * folders and says ENOENT, as `/proc` does.
 * @throws errors of the file system
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const above = dirname(resolve(path));
    if (errnoOf(error) !== "ENOENT" || existsSync(above)) throw error;
    makeFolder(above);
    mkdirSync(path);
  }
}
