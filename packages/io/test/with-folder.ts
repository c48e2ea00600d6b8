import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives `body` a folder of its own, which is removed at the end. */
export async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "yieldfrom-io-"));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
