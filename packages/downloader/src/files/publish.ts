/** How a file gets its name: by one step, in which nobody sees half of it. */
import { close, fsync, linkSync, lstatSync, open, renameSync, unlinkSync } from "node:fs";
import type { Coroutine } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import { quoted } from "../names/printable.ts";
import { errnoOf } from "./file-errors.ts";
import { onPool } from "./pool.ts";

/** What systems say that have no hard links, as FAT: EISDIR is what libuv makes of Windows' ERROR_INVALID_FUNCTION. */
const NO_LINKS = /^(?:EPERM|EACCES|ENOSYS|ENOTSUP|EOPNOTSUPP|EMLINK|EINVAL|EISDIR)$/;

/**
 * Gives a part file its name.
 * @param replace whether a file that has the name gives way; a link is replaced, never followed
 * @throws DownloadError `ERR_EXISTS` if not, and there is one: it stays as it is, and the part too
 */
export function publish(part: string, target: string, name: string, replace: boolean): void {
  // Not just a rename: it would replace what came there since somebody looked.
  if (replace || !linkAs(part, target, name)) renameSync(part, target);
  else unlinkSync(part);
}

/** Whether there are links; then the file has its name. Where there are none, nothing better is to be had than a look. */
function linkAs(part: string, target: string, name: string): boolean {
  try {
    linkSync(part, target);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    const isThere = errno === "EEXIST" || (NO_LINKS.test(errno) && isSomething(target));
    if (isThere) {
      throw new DownloadError("ERR_EXISTS", `Can't save ${quoted(name)}: there is a file of that name by now`);
    }
    if (!NO_LINKS.test(errno)) throw error;
    return false;
  }
}

function isSomething(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Waits until what was renamed in a folder is on the disk. Windows has no such thing, and needs none. */
export function* syncFolder(folder: string): Coroutine<void> {
  if (process.platform === "win32") return;
  let fd: number | undefined;
  try {
    yield* onPool((done) =>
      open(folder, (error, opened) => {
        fd = opened;
        done(error, undefined);
      }),
    );
    yield* onPool((done) => fsync(fd as number, (error) => done(error, undefined)));
  } finally {
    if (fd !== undefined) close(fd);
  }
}
