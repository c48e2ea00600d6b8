import { inspect } from "node:util";

/** An error's message, to stand inside a sentence. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, "") : inspect(error);
}
