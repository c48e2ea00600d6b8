import { inspect } from "node:util";

/** A value in a few characters, for messages. */
export function brief(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  return inspect(value, { depth: -1, breakLength: Number.POSITIVE_INFINITY });
}
