import type { Future } from "../future.ts";
import { cancelFor, Reason } from "../reason.ts";
import { Joining, onBehalfOf } from "../task/awaiters.ts";
import { futureFor } from "../task/ensure.ts";
import type { Awaitable } from "../types.ts";

/**
 * Waits for something that must not be cancelled with whoever waits: cancelling the shield leaves the inner task
 * running. If it then fails, the loop's exception handler is told. Source: asyncio `shield`.
 * @returns the inner future itself if it is done already
 */
export function shield<T>(awaitable: Awaitable<T>): Future<T> {
  const inner = futureFor("shield()", awaitable);
  if (inner.done()) return inner;
  const outer = new Joining<T>(inner._loop, [inner]);
  const onInnerDone = onBehalfOf(outer, () => {
    if (outer.cancelled()) return;
    if (inner.cancelled()) cancelFor(new Reason("the end of what shield() protects, which was cancelled"), outer);
    else {
      const error = inner.exception();
      if (error === null) outer.setResult(inner.result());
      else outer.setException(error);
    }
  });
  inner.addDoneCallback(onInnerDone);
  outer.addDoneCallback(() => {
    if (inner.done()) return;
    inner.removeDoneCallback(onInnerDone);
    // Removed first: several shields of one task that were all cancelled make one report.
    inner.removeDoneCallback(reportFailure);
    inner.addDoneCallback(reportFailure);
  });
  return outer;
}

function reportFailure(inner: Future<unknown>): void {
  if (inner.cancelled()) return;
  const exception = inner.exception();
  if (exception === null) return;
  inner._loop.callExceptionHandler({ message: "exception in shielded future", exception, future: inner });
}
