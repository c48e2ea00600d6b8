import { createReadStream } from "node:fs";
import type { Coroutine } from "yieldfrom";
import { readChecksums } from "../input/checksum-list.ts";
import { CommandError } from "./failure.ts";

/**
 * The checksums of these files, as an option of `downloadMany`; none, if there is no file.
 *
 * @throws DownloadError for a file that can't be read; CommandError if two say otherwise about a name
 */
export function* readChecksumFiles(
  paths: readonly string[],
): Coroutine<{ readonly checksums?: ReadonlyMap<string, string> }> {
  if (paths.length === 0) return {};
  const checksums = new Map<string, string>();
  for (const path of paths) {
    for (const [name, checksum] of yield* readChecksums(createReadStream(path), path)) {
      const before = checksums.get(name);
      const [kind] = checksum.split("=", 1);
      if (before !== undefined && before !== checksum && before.startsWith(`${kind}=`)) {
        throw new CommandError(`--checksums: ${path} has another checksum for ${name} than a file before it`);
      }
      if (before === undefined || before.length < checksum.length) checksums.set(name, checksum);
    }
  }
  return { checksums };
}
