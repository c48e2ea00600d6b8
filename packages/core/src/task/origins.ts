import type { EventLoop } from "../loops/event-loop.ts";
import { type CodePlace, formatLine, formatPlace, programStack } from "../traceback.ts";

/**
 * Debug mode's memory of where things were made and cancelled. It lies beside them and not in them, so that it costs
 * nothing when debug mode is off.
 */
const made = new WeakMap<object, readonly CodePlace[]>();

/** Takes down where a future, task, handle or coroutine is being made. Costs microseconds. */
export function noteOrigin(thing: object): void {
  made.set(thing, programStack());
}

/** Where `thing` was made, a line a place, innermost first; `undefined` if it was not made in debug mode. */
export function originOf(thing: object): string | undefined {
  return made
    .get(thing)
    ?.map((place) => `    at ${formatPlace(place)}`)
    .join("\n");
}

/** ` created at file:line`, for printed tasks and handles; empty if that is not known. */
export function createdAt(thing: object): string {
  const [place] = made.get(thing) ?? [];
  return place === undefined ? "" : ` created at ${formatLine(place)}`;
}

/** ` at file:line` of the program's line that is running, in debug mode; else empty. */
export function placeIfDebug(loop: EventLoop | null): string {
  if (loop === null || !loop._debug) return "";
  const [place] = programStack();
  return place === undefined ? "" : ` at ${formatLine(place)}`;
}
