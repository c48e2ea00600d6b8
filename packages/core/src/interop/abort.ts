import { isCancelled } from "../errors.ts";
import type { EventLoop } from "../loops/event-loop.ts";

/** Whether an error says no more than that something was asked to stop. */
function isAbort(error: unknown): boolean {
  return isCancelled(error) || (error as { name?: unknown } | null | undefined)?.name === "AbortError";
}

/** Tells the exception handler of an error that takes no other way. */
export function reportUnlessAbort(loop: EventLoop, message: string, exception: unknown): void {
  if (!isAbort(exception) && !loop.isClosed()) loop.callExceptionHandler({ message, exception });
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
