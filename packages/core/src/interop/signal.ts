import { RuntimeError } from "../errors.ts";
import { current } from "../loop/current.ts";

/**
 * The AbortSignal of the task that runs: aborted by the task's next `cancel()`, with a CancelledError as the reason,
 * at that moment and not when the task learns of it. For operations that outlive a single `yield*`; for one alone
 * there is `from((signal) => …)`.
 *
 * ```ts
 * const response = yield* from(fetch(url, { signal: signal() }));
 * const text = yield* from(response.text());
 * ```
 * It is the same signal until it is aborted; a task that goes on after that has to ask for a fresh one. It is not
 * aborted when the task ends otherwise.
 * @throws RuntimeError outside of a task
 */
export function signal(): AbortSignal {
  const task = current.running._task;
  if (task === null) {
    throw new RuntimeError("signal() was called outside of a task: call it in a coroutine that a task runs");
  }
  return task._signal();
}
