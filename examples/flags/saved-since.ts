import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { codeOfFile } from "./file-name.ts";

/**
 * Looks at the files that these flags have now.
 *
 * @returns a function that counts how many of them were saved since. After Ctrl-C the coroutines can't tell: a save
 *   that was under way in a thread when its coroutine was cancelled has been finished all the same.
 */
export function savedSince(folder: string, codes: readonly string[]): () => number {
  const before = identities(folder);
  return () => {
    const saved = new Set([...identities(folder)].filter(([file]) => !before.has(file)).map(([, code]) => code));
    return codes.filter((code) => saved.has(code)).length;
  };
}

/** What changes whenever a file is replaced, with the code of its flag. */
function identities(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of namesIn(folder)) {
    const code = codeOfFile(name);
    if (code === undefined) continue;
    const stats = statSync(join(folder, name), { bigint: true, throwIfNoEntry: false });
    if (stats !== undefined) files.set(`${stats.ino} ${stats.mtimeNs}`, code);
  }
  return files;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
