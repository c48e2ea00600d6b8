import fs, { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "download-many-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The names of all that is in a folder and below it, sorted, without the folders themselves. */
export function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}

type Functions = {
  [Key in keyof typeof fs as (typeof fs)[Key] extends (...args: never[]) => unknown ? Key : never]: unknown;
};

/** Puts a function in the place of one of node:fs, also for those who have imported it; until the test is over. */
export function replaceInFs<Key extends keyof Functions>(
  t: TestContext,
  key: Key,
  make: (original: (typeof fs)[Key]) => (...args: never[]) => unknown,
): void {
  const original = fs[key];
  const set = (value: unknown) => {
    Object.assign(fs, { [key]: value });
    syncBuiltinESMExports();
  };
  set(make(original));
  t.after(() => set(original));
}

/** An error as those of the system. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
