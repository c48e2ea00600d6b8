/** Steps with small files, which take microseconds. */
import { constants, futimesSync, openSync, unlinkSync, writeSync, writevSync } from "node:fs";
import { errnoOf } from "./file-errors.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * Makes a file and opens it for writing; whatever has its name from before is removed, and never written to.
 * @param leftover what is removed with it then, before it
 */
export function createAnew(path: string, mode: number, leftover?: string): number {
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  if (leftover !== undefined) removeIfThere(leftover);
  unlinkSync(path);
  return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
}

/** Removes a file; it is all right if there is none. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** Writes chunks to a new file, all of them. */
export function writeAll(fd: number, chunks: readonly Uint8Array[]): void {
  let rest = chunks.filter(({ byteLength }) => byteLength > 0);
  while (rest.length > 0) {
    const [first] = rest;
    const count = rest.length === 1 ? writeSync(fd, first as Uint8Array) : writevSync(fd, rest);
    // The disk may take a part only, when it is about to be full: the next write tells what is the matter.
    rest = restOf(rest, count);
  }
}

/** Sets the time of last change, in milliseconds since 1970, where the file system takes it: without it the file is as good. */
export function setTime(fd: number, mtime: number | null | undefined): void {
  if (mtime === null || mtime === undefined) return;
  try {
    futimesSync(fd, mtime / 1000, mtime / 1000);
  } catch {
    // Not permitted there, or a time that it has no room for.
  }
}

/** What is left of chunks of which `count` bytes are written. */
export function restOf(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  for (const [index, chunk] of chunks.entries()) {
    if (left < chunk.byteLength) return [chunk.subarray(left), ...chunks.slice(index + 1)];
    left -= chunk.byteLength;
  }
  return [];
}
