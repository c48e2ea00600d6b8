/** Errors of the file system, made into those of a download. */
import { DownloadError } from "../errors.ts";
import { quoted } from "../names/printable.ts";

/** For what errno codes stand: a code of ours, and words for people. */
const MEANINGS: Readonly<Record<string, readonly [code: string, meaning: string]>> = {
  ENOSPC: ["ERR_DISK_FULL", "the disk is full"],
  EDQUOT: ["ERR_DISK_FULL", "the disk quota is used up"],
  EACCES: ["ERR_PERMISSION", "permission denied"],
  EPERM: ["ERR_PERMISSION", "the system does not permit it"],
  EROFS: ["ERR_PERMISSION", "the file system is read-only"],
  EISDIR: ["ERR_NOT_A_FILE", "a folder has that name"],
  ENOTDIR: ["ERR_NOT_A_FOLDER", "a part of its path is no folder"],
  ENOENT: ["ERR_FOLDER_GONE", "its folder is not there any more"],
  ENAMETOOLONG: ["ERR_NAME_TOO_LONG", "the path is too long for the file system"],
  EFBIG: ["ERR_FILE_TOO_BIG", "the file is too large for the file system, or for the limit of this process"],
  EMFILE: ["ERR_TOO_MANY_FILES", "this process has too many open files"],
  ENFILE: ["ERR_TOO_MANY_FILES", "this machine has too many open files"],
  ELOOP: ["ERR_LINK", "it is a symbolic link, and none is followed"],
  EEXIST: ["ERR_EXISTS", "it is there already"],
  EINVAL: ["ERR_NAME", "the file system does not take that name"],
  EILSEQ: ["ERR_NAME", "the file system does not take that name"],
};

/** The errno code of an error of Node's, the empty string if it has none. */
export function errnoOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : "";
}

/**
 * The error to throw for one of the file system.
 * @param doing what was tried: "write", "make the folder"
 * @param name of the file, inside the output folder
 */
export function fileError(error: unknown, doing: string, name: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof DownloadError || !/^E[A-Z0-9]+$/.test(errno)) return error;
  const [code, meaning] = MEANINGS[errno] ?? ["ERR_DISK", "the file system reports an error"];
  return new DownloadError(code, `Can't ${doing} ${quoted(name)}: ${meaning} (${errno})`, { cause: error });
}
