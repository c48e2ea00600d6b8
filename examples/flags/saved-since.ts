import { statSync } from "node:fs";
import { flagPath } from "./flag.ts";

/**
 * Looks at the files that these flags have now.
 *
 * @returns a function that counts how many of them were saved since. After Ctrl-C the coroutines can't tell: a save
 *   that was under way in a thread when its coroutine was cancelled has been finished all the same.
 */
export function savedSince(folder: string, codes: readonly string[]): () => number {
  const before = codes.map((cc) => identity(flagPath(folder, cc)));
  const isNew = (now: string | undefined, index: number) => now !== undefined && now !== before[index];
  return () => codes.map((cc) => identity(flagPath(folder, cc))).filter(isNew).length;
}

/** Changes whenever the file is replaced; `undefined` when there is none. */
function identity(path: string): string | undefined {
  try {
    const { ino, mtimeNs } = statSync(path, { bigint: true });
    return `${ino} ${mtimeNs}`;
  } catch {
    return undefined;
  }
}
