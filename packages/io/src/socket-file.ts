import { lstatSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { FileNotFoundError, OSError } from "./errors.ts";
import { osError } from "./os-errors.ts";
import type { Listener } from "./server.ts";

/** The file of a Unix socket that a server listens on. */
export interface SocketFile {
  readonly path: string;
  /** To be called once it is listened on. */
  made(): void;
  /** The same listener, which at its end removes the file if it is still its own, and leaves it alone if it is not. */
  guard(listener: Listener): Listener;
}

/** Removes a socket file that is there already, as asyncio does; another kind of file is left, and listening will fail. */
export function claimSocketFile(path: string, cleanUp: boolean): SocketFile {
  const isAbstract = path.startsWith("\0");
  if (!isAbstract && lstat(path)?.isSocket()) remove(path);
  let own: string | undefined;
  return {
    path,
    made() {
      if (!isAbstract) own = identity(path);
    },
    guard(listener) {
      if (isAbstract) return listener;
      return {
        ...listener,
        close() {
          // Node removes whatever is there. What is not to be removed is put aside meanwhile.
          const isOurs = own !== undefined && identity(path) === own;
          if (isOurs && cleanUp) listener.close();
          else keeping(path, () => listener.close());
        },
      };
    },
  };
}

/** Node says EACCES also of a folder that is missing, and EINVAL of a path that is too long. */
export function clearer(error: OSError, path: string, what: string): OSError {
  const folder = dirname(path);
  if (error.code === "EACCES" && !path.startsWith("\0") && lstat(folder) === undefined) {
    const message = `${what}: there is no folder ${JSON.stringify(folder)} (ENOENT)`;
    return new FileNotFoundError(message, { cause: error, code: "ENOENT", syscall: "listen", address: path });
  }
  const bytes = Buffer.byteLength(path);
  if (error.code !== "EINVAL" || bytes <= SURELY_SHORT) return error;
  const message = `${what}: the path is too long for a Unix socket, with its ${bytes} bytes (ENAMETOOLONG)`;
  return new OSError(message, { cause: error, code: "ENAMETOOLONG", syscall: "listen", address: path });
}

/** Bytes that the path of a socket may have everywhere; Linux takes 107. */
const SURELY_SHORT = 103;

function lstat(path: string) {
  return lstatSync(path, { throwIfNoEntry: false });
}

function identity(path: string): string | undefined {
  const stat = lstat(path);
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw osError(error, `remove the socket file ${JSON.stringify(path)} that is in the way`);
  }
}

function keeping(path: string, fn: () => void): void {
  if (lstat(path) === undefined) {
    fn();
    return;
  }
  const aside = `${path}.${process.pid}.aside`;
  renameSync(path, aside);
  try {
    fn();
  } finally {
    renameSync(aside, path);
  }
}
