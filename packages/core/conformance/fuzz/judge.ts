/** What to make of the outcomes of one program on both sides. */
import { firstDifference } from "../compare.ts";
import type { Outcome } from "./side.ts";

export type Verdict =
  | { kind: "same" }
  /** CPython gives nothing to compare with: the reason. */
  | { kind: "skipped"; reason: string }
  /** Other than CPython on purpose: what about. */
  | { kind: "deliberate"; about: string }
  | { kind: "different"; difference: string };

/**
 * The accidents of CPython's that are not followed here. A difference is owed to one of them if it is gone once
 * CPython is mended in that point: `reference/programs/repairs.py` has how.
 */
export const REPAIRS: Readonly<Record<string, string>> = {
  "gather-message": "the message of a gather({ returnExceptions: true }) that was cancelled",
  "eager-context": "current_task() after an eager task was refused as its context is entered already",
  "self-await": "awaiting a task that once awaited itself",
};

export function judge(expected: Outcome, got: Outcome): Verdict {
  const reason = whySkipped(expected);
  if (reason !== undefined) return { kind: "skipped", reason };
  if (typeof expected === "string") return { kind: "different", difference: `CPython ${expected}` };
  if (typeof got === "string") return { kind: "different", difference: `yieldfrom ${got}` };
  const difference = firstDifference(expected, got);
  return difference === null ? { kind: "same" } : { kind: "different", difference };
}

function whySkipped(expected: Outcome): string | undefined {
  if (typeof expected === "string") {
    return /Maximum call stack|RecursionError/.test(expected) ? CIRCLE : undefined;
  }
  if (expected.some((line) => line.includes("RecursionError"))) return CIRCLE;
  return expected.at(-1)?.startsWith("stopped after") ? "its trace is too long" : undefined;
}

const CIRCLE = "tasks that wait for each other in a circle were cancelled, and CPython recursed without end";
