import { ExceptionGroup, isCancelled } from "yieldfrom";
import { UsageError } from "./options/usage-error.ts";

/** Something that ends the command, told in one line: the message, without a stack. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  ENOSPC: "the disk is full",
  EDQUOT: "your part of the disk is full",
  EROFS: "the disk can only be read",
  ELOOP: "it is a link",
};

/** What a file's error says, in words: `urls.txt: no such file or folder`. */
export function fileProblem(path: string, error: unknown): string {
  const { code = "", message = String(error) } = error as { readonly code?: string; readonly message?: string };
  return `${path}: ${WORDS[code] ?? message}`;
}

/** What `action` gives. @throws UsageError for what is wrong with the options, which other parts of the program found out */
export function understood<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw error instanceof UsageError ? error : new UsageError(error.message, { cause: error });
  }
}

/** The error that matters: a task group wraps the one that ended it. */
export function causeOf(error: unknown): unknown {
  if (!(error instanceof ExceptionGroup)) return error;
  const [first] = error.errors.filter((each: unknown) => !isCancelled(each));
  return first === undefined ? error : causeOf(first);
}
