import { constants } from "node:os";
import process from "node:process";
import { brief } from "./brief.ts";
import { osError } from "./os-errors.ts";
import type { StopOptions } from "./process-options.ts";

/** Milliseconds between asking a process to end and making it. */
const DEFAULT_GRACE = 5000;

/** @throws TypeError for what is no signal */
export function numberOf(signal: NodeJS.Signals | number): number {
  const number = typeof signal === "number" ? signal : constants.signals[signal];
  if (Number.isInteger(number) && number >= 0) return number;
  throw new TypeError(`Expected a signal, as "SIGTERM" or 15, got ${brief(signal)}`);
}

/** The options with their defaults. @throws TypeError for what is no signal, RangeError for what is no grace */
export function checkedStop({ signal = "SIGTERM", grace = DEFAULT_GRACE }: StopOptions): {
  signal: number;
  grace: number;
} {
  if (!(typeof grace === "number" && grace >= 0)) {
    throw new RangeError(`Expected \`grace\` to be a number of milliseconds of at least 0, got ${brief(grace)}`);
  }
  return { signal: numberOf(signal), grace };
}

/** Sends a signal to a process, or to a group of them, whose number is negative. One that has just ended gets none. */
export function send(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
    throw osError(error, `sending signal ${signal} to process ${Math.abs(pid)}`);
  }
}
