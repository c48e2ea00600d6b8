/** What is downloaded, and whether it came. */
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Files of one kind: in a folder of their name, which servers have under their root. */
export interface FileSet {
  readonly name: string;
  readonly folder: string;
  /** Names and sizes. */
  readonly files: ReadonlyMap<string, number>;
}

const MEBIBYTE = 2 ** 20;

/** Files of random bytes; `sizeOf` the number from 0. */
export function makeFiles(root: string, name: string, count: number, sizeOf: (index: number) => number): FileSet {
  const folder = join(root, name);
  mkdirSync(folder);
  const files = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const file = `${String(i).padStart(5, "0")}.bin`;
    const size = sizeOf(i);
    files.set(file, size);
    const descriptor = openSync(join(folder, file), "w");
    for (let left = size; left > 0; ) left -= writeSync(descriptor, randomBytes(Math.min(left, MEBIBYTE)));
    closeSync(descriptor);
  }
  return { name, folder, files };
}

/** @throws Error if `folder` has not these files and no others; `bytes`: if one of them differs */
export function checkFiles({ folder: source, files }: FileSet, folder: string, bytes: boolean): void {
  const names = readdirSync(folder);
  if (names.length !== files.size) throw new Error(`Expected ${files.size} files, got ${names.length}`);
  for (const [name, size] of files) {
    const path = join(folder, name);
    const got = statSync(path).size;
    if (got !== size) throw new Error(`Expected ${size} bytes in ${name}, got ${got}`);
    if (bytes && !readFileSync(path).equals(readFileSync(join(source, name)))) {
      throw new Error(`Expected the bytes of ${name} to be what the server has`);
    }
  }
}
