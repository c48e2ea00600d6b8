import { OSError } from "@yieldfrom/io";
import { type Coroutine, IncompleteReadError, KeyboardInterrupt, run } from "yieldfrom";

/**
 * Runs a program that talks to the world until it is done, or stopped by Ctrl-C or SIGTERM. These cancel it: what it has to
 * do before it ends stands in its `finally`.
 *
 * @returns the exit code: what a shell reports for the signal, or 1 when the world was to blame, which is said on standard
 *   error
 */
export async function untilStopped(main: () => Coroutine<unknown>): Promise<number> {
  const stop = new AbortController();
  const terminate = () => stop.abort();
  process.once("SIGTERM", terminate);
  try {
    await run(main, { signal: stop.signal });
    return 0;
  } catch (error) {
    if (error instanceof KeyboardInterrupt) return 130;
    if (error === stop.signal.reason) return 143;
    process.stderr.write(`error: ${troubleOf(error)}\n`);
    return 1;
  } finally {
    process.off("SIGTERM", terminate);
  }
}

/** What to tell of the world. @throws the error itself when it is a defect of the program */
function troubleOf(error: unknown): string {
  const { syscall, code, message } = error as NodeJS.ErrnoException;
  // Those that come from Node itself name the system call that failed.
  const isKnown = error instanceof OSError || error instanceof IncompleteReadError || syscall !== undefined;
  if (!isKnown) throw error;
  return code === "EADDRINUSE" ? `${message}; choose another --port, or 0 for any that is free` : message;
}
