import { formatPlace } from "../traceback.ts";
import type { Frame } from "./frame.ts";
import { outwards } from "./stack.ts";
import type { Task } from "./task.ts";

/** An error that passes through a long chain gets no more lines than this. */
const MOST_LINES = 50;

/**
 * Adds to an error's stack the coroutines that await the one it comes out of, as the host does for async functions.
 * The host's own stack ends at that one, as the loop resumes the innermost coroutine directly. For debug mode.
 * @param frame the innermost of those that await it; null: the task's own coroutine
 */
export function addCallers(error: unknown, task: Task<unknown>, frame: Frame | null): void {
  if (!(error instanceof Error) || typeof error.stack !== "string") return;
  const lines = outwards(task, frame)
    .slice(0, MOST_LINES)
    .map((place) => `\n    at async ${formatPlace(place)}`);
  // By `Reflect`, as a frozen error may refuse it.
  Reflect.set(error, "stack", error.stack + lines.join(""));
}
