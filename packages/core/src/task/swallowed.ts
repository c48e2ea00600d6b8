import { type CodePlace, formatPlace } from "../traceback.ts";
import { stackOf } from "./stack.ts";
import type { Task } from "./task.ts";

/** In debug mode: where each task stood when it was last asked to stop. */
const cancelledAt = new WeakMap<Task<unknown>, CodePlace>();

/** Takes down where a task waits that is being cancelled. */
export function noteCancelled(task: Task<unknown>): void {
  const [place] = stackOf(task, 1);
  if (place !== undefined) cancelledAt.set(task, place);
}

/**
 * Points out a task that was asked to stop, and has returned a value as if it had not: whoever cancelled it takes it for
 * stopped, and a task group or timeout around it loses count. asyncio is silent about it.
 */
export function reportSwallowed(task: Task<unknown>): void {
  const place = cancelledAt.get(task);
  const where = place === undefined ? "" : ` while it waited in ${formatPlace(place)}`;
  task._loop.callExceptionHandler({
    message: `${task._title()} swallowed its cancellation: it was cancelled${where}, and returned a value. Throw the CancelledError on when the clean-up is done, or call uncancel() if it is to go on`,
    task,
  });
}
