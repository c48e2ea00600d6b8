import { lstatSync, renameSync, rmSync } from "node:fs";
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
