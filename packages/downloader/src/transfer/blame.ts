import { DownloadError } from "../errors.ts";

/** Codes of ours that say something about a server, and nothing about this machine. */
const OF_SERVERS = new Set([
  "ERR_STATUS",
  "ERR_RANGE",
  "ERR_LENGTH",
  "ERR_CHANGED",
  "ERR_CHECKSUM",
  "ERR_SLOW",
  "ERR_TOO_LARGE",
]);

/** Whether an error is a server's, so that another one may do better. */
export function isOfServer(error: unknown): boolean {
  if (error instanceof DownloadError) return OF_SERVERS.has(error.code);
  return error instanceof Error && !(error instanceof TypeError) && "phase" in error;
}
