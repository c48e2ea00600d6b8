import { isFuture } from "./future.ts";
import { titleOf } from "./task/frame.ts";
import type { Coroutine } from "./types.ts";

/** A value in a few characters, for messages. Never throws. */
export function brief(value: unknown): string {
  try {
    return inBrief(value);
  } catch {
    // A getter that throws, a revoked Proxy: the message is about something else.
    return `[${typeof value} that can't be shown]`;
  }
}

function inBrief(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (value instanceof Error) return `${value.name}(${JSON.stringify(value.message)})`;
  if (typeof value === "function") return `[function ${value.name || "anonymous"}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if (isFuture(value)) return value._print(0);
  if (typeof (value as Partial<Coroutine<unknown>>)[Symbol.iterator] === "function" && "next" in value)
    return titleOf(value);
  if (Array.isArray(value)) return `[${value.length} items]`;
  return `[object ${(value as object).constructor?.name || "Object"}]`;
}
