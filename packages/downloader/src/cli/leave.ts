import { constants } from "node:os";

/**
 * Ends the process at once, though something may still be waited for that can't be stopped: a look-up of a name, a pipe that
 * nobody opens.
 *
 * @param exitCode as a shell reports the end by a signal: 128 and its number. Then the process ends by the signal itself: a
 *   shell goes on with its loop or script after a program that only exits with 130
 */
export function leave(exitCode: number): never {
  const signal = SIGNALS.find((name) => exitCode === 128 + constants.signals[name]);
  // Windows has no signals that are more than an exit code.
  if (signal !== undefined && process.platform !== "win32") {
    // After all others who wait for the end, to remove their locks.
    process.on("exit", () => {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  }
  process.exit(exitCode);
}

/** Those that ask us to end. */
export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies readonly NodeJS.Signals[];
