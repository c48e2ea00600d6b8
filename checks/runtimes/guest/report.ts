/** What a runtime tells the check while it runs the suite; a line of JSON each. */
export type Report =
  /** On Node the file is not known, and so empty. */
  | { readonly kind: "begin"; readonly file: string; readonly test: string }
  | {
      readonly kind: "end";
      readonly file: string;
      readonly test: string;
      readonly outcome: "passed" | "failed" | "skipped";
      /** The error of one that failed; the reason of one that was skipped. */
      readonly why?: string;
    }
  /** Nothing was lost: a runtime that ends without it has broken off. */
  | { readonly kind: "done" };

/** A test that is not run in this runtime. */
export interface Left {
  readonly file: string;
  /** Its name, with those of its suites before it. */
  readonly test: string;
  readonly why: string;
}

/** What a runtime is to do. Files are named from the tests' folder, `packages/core/test`. */
export interface Job {
  readonly files: readonly string[];
  readonly left: readonly Left[];
  /** The file that takes the reports; a page posts them instead. */
  readonly reports: string;
}

/** Between a test's name and those of the suites around it. */
export const WITHIN = " > ";

export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? "";
  // Not every engine repeats the message in the stack.
  const text = stack.includes(error.message) ? stack : `${error.name}: ${error.message}\n${stack}`;
  return error.cause === undefined ? text : `${text}\ncaused by ${textOf(error.cause)}`;
}
