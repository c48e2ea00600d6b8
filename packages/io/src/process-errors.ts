/** What can go wrong with child processes. `code` is stable and meant to be matched on; messages are for people. */
import { TimeoutError } from "yieldfrom";
import { OSError, type OSErrorFacts } from "./errors.ts";

/** A process that was to be signalled has ended, and was seen to. Source: Python's `ProcessLookupError`. */
export class ProcessLookupError extends OSError {
  override readonly name = "ProcessLookupError";

  constructor(message: string, facts: OSErrorFacts = {}) {
    super(message, { ...facts, code: facts.code ?? "ESRCH" });
  }
}

/** A program that was run with `check` ended with another return code than 0. Source: `subprocess.CalledProcessError`. */
export class CalledProcessError<T = Uint8Array | string> extends Error {
  override readonly name = "CalledProcessError";
  readonly code = "ERR_CALLED_PROCESS";
  /** Program and arguments. */
  readonly args: readonly string[];
  /** Its exit status; -N if signal number N ended it. */
  readonly returnCode: number;
  /** What it wrote; empty if that was not captured. */
  readonly stdout: T;
  readonly stderr: T;

  constructor(message: string, of: Written<T> & { readonly returnCode: number }) {
    super(message);
    this.args = of.args;
    this.returnCode = of.returnCode;
    this.stdout = of.stdout;
    this.stderr = of.stderr;
  }
}

/** A program did not end in the time it was given, and was ended. Source: `subprocess.TimeoutExpired`. */
export class TimeoutExpired<T = Uint8Array | string> extends TimeoutError {
  override readonly name = "TimeoutExpired";
  override readonly code = "ERR_TIMEOUT_EXPIRED";
  /** Program and arguments. */
  readonly args: readonly string[];
  /** The time it was given, in milliseconds. */
  readonly timeout: number;
  /** What it had written until it ended; empty if that was not captured. */
  readonly stdout: T;
  readonly stderr: T;

  constructor(message: string, timeout: number, of: Written<T>, options?: ErrorOptions) {
    super(message, options);
    this.args = of.args;
    this.timeout = timeout;
    this.stdout = of.stdout;
    this.stderr = of.stderr;
  }
}

interface Written<T> {
  readonly args: readonly string[];
  readonly stdout: T;
  readonly stderr: T;
}
