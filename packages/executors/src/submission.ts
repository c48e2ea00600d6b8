/**
 * Where a job was submitted, to be shown under the worker's part of an error's stack. To take a stack down costs some
 * 3 µs, a fifth of what a job takes altogether: so debug mode does it, of the running loop or by YIELDFROM_DEBUG, and
 * nobody else.
 */
import { _getRunningLoop } from "yieldfrom";

/** A stack; it is made text only when it is shown. */
export interface Submission {
  readonly stack?: string;
}

const { YIELDFROM_DEBUG: asked = "" } = process.env;
const byDefault = asked !== "" && asked !== "0";

/** The callers of `submit`, in debug mode. */
export function submissionHere(submit: (...args: never[]) => unknown): Submission | undefined {
  if (!(_getRunningLoop()?.debug ?? byDefault)) return undefined;
  const here = {};
  Error.captureStackTrace(here, submit);
  return here;
}

/** Put it under an error's own stack. */
export function showSubmission(error: unknown, submission: Submission | undefined, executor: string): void {
  if (submission === undefined || !(error instanceof Error)) return;
  const [, ...places] = (submission.stack ?? "").split("\n");
  const stack = `${error.stack}\nSubmitted to ${executor}:\n${places.join("\n")}`;
  Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
}
