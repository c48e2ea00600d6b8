import { CancelledError } from "../errors.ts";
import { CANCELLED, FAILED } from "../future.ts";
import { type CodePlace, formatPlace } from "../traceback.ts";
import { stackOf } from "./stack.ts";
import { MUST_CANCEL, type Task } from "./task.ts";

/** In debug mode: where each task stood when it was last asked to stop. */
const cancelledAt = new WeakMap<Task<unknown>, CodePlace>();

/** In debug mode: the tasks into which a CancelledError was thrown. */
const told = new WeakSet<Task<unknown>>();

/** To be told of each task before its step. */
export function noteStep(task: Task<unknown>): void {
  const awaiting = task._awaiting;
  const passedOn =
    awaiting !== null &&
    (awaiting._state === CANCELLED || (awaiting._state === FAILED && awaiting._outcome instanceof CancelledError));
  if (task._flags & MUST_CANCEL || passedOn) told.add(task);
}

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
  // What it waited for was cancelled in its place, and has swallowed that.
  if (!told.has(task)) return;
  const place = cancelledAt.get(task);
  const where = place === undefined ? "" : ` while it waited in ${formatPlace(place)}`;
  task._loop.callExceptionHandler({
    message: `${task._title()} swallowed its cancellation: it was cancelled${where}, and returned a value. Throw the CancelledError on when the clean-up is done, or call uncancel() if it is to go on`,
    task,
  });
}
