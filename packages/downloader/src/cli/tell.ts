import { printable } from "../names/printable.ts";
import { UsageError } from "./options/usage-error.ts";

/** The name of the command. */
export const NAME = "download-many";

/**
 * What is said of an error that ends the command; null for a defect of the program, whose stack is to be seen. Errors about
 * files, lists and options have a `code`, or are ours.
 */
export function told(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof UsageError) return `${NAME}: ${printable(error.message)}\nTry "${NAME} --help".\n`;
  const { code } = error as { readonly code?: unknown };
  const isDefect = error instanceof TypeError || error instanceof SyntaxError || typeof code !== "string";
  if (error.name !== "CommandError" && isDefect) return null;
  return `${NAME}: ${printable(error.message)}\n`;
}
