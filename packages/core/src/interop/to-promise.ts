import { CancelledError } from "../errors.ts";
import type { Future } from "../future.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { cancelFor, Reason } from "../reason.ts";
import { futureFor } from "../task/ensure.ts";
import { Task } from "../task/task.ts";
import type { Awaitable } from "../types.ts";

/** Options of `toPromise`. */
export interface ToPromiseOptions {
  /** Aborting it cancels what is waited for; the Promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Where it runs; the running loop by default, else the one set. */
  readonly loop?: EventLoop | undefined;
}

/**
 * A native Promise of any awaitable: a coroutine is run as a task, a Future is followed. For code that wants a Promise;
 * in an async function `await task` does as well.
 *
 * ```ts
 * const { signal } = new AbortController();
 * server.on("request", (request, response) => toPromise(handle(request, response), { signal }));
 * ```
 * Aborting cancels a future that was given, too (`shield` one that is to go on). The loop must run, or it never settles.
 * @returns rejects with what the awaitable throws, a CancelledError if it is cancelled, or the signal's reason if nobody else
 *   wanted that; TypeError if it is no awaitable
 */
export async function toPromise<T>(awaitable: Awaitable<T>, options: ToPromiseOptions = {}): Promise<T> {
  const { signal, loop } = options;
  const future = futureFor("toPromise()", awaitable, loop);
  if (signal === undefined) return future.then();
  let asked = false;
  const cancel = () => {
    asked = cancelFor(new Reason("the AbortSignal given to toPromise()"), future);
  };
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel);
  try {
    return await future;
  } catch (error) {
    if (asked && error instanceof CancelledError && isOnlyRequest(future)) throw signal.reason;
    throw error;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** Whether nobody else asked it to stop. */
function isOnlyRequest(future: Future<unknown>): boolean {
  return !(future instanceof Task) || future.cancelling() <= 1;
}
