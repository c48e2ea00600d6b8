import type { Context } from "./loop/context.ts";
import type { LostError } from "./loop/report.ts";
import type { Reason } from "./reason.ts";

/** What few futures and tasks need, in an object of its own that those few get. */
export interface RareState {
  /** What `cancel(message)` was given. */
  message: string | undefined;
  /** Why a task is to be cancelled at its next step. */
  reason: Reason | undefined;
  /** The report that will be made if nobody asks for the error. */
  lost: LostError | undefined;
  /** What `then` and the like hang on. */
  promise: Promise<unknown> | undefined;
  /** Of the AbortSignal that a task has asked for. */
  controller: AbortController | undefined;
  /** The context that a task was given, or was asked for. */
  context: Context | undefined;
  /** To be thrown at a task's next step. */
  injected: Error | undefined;
}

export function newRareState(): RareState {
  return {
    message: undefined,
    reason: undefined,
    lost: undefined,
    promise: undefined,
    controller: undefined,
    context: undefined,
    injected: undefined,
  };
}
