import { CancelledError } from "../errors.ts";
import type { ExecutorFuture } from "../executor.ts";
import { Future, isFuture } from "../future.ts";
import { defaultLoop } from "../loop/current.ts";
import type { EventLoop } from "../loops/event-loop.ts";

/**
 * A Future of the loop that follows an executor's future: cancelling it cancels the other, an outcome that reaches it
 * when it is cancelled or its loop closed is dropped. Source: asyncio `wrap_future`.
 */
export function wrapFuture<T>(
  future: ExecutorFuture<T> | Future<T>,
  options?: { readonly loop?: EventLoop },
): Future<T> {
  if (isFuture(future)) return future as Future<T>;
  const source = future as ExecutorFuture<T>;
  const loop = options?.loop ?? defaultLoop("wrapFuture()");
  const wrapped = new Future<T>({ loop });
  wrapped.addDoneCallback(() => {
    if (wrapped.cancelled()) source.cancel();
  });
  source.addDoneCallback(() => {
    if (!loop.isClosed()) loop.callSoonThreadsafe(copyOutcome<T>, source, wrapped);
  });
  return wrapped;
}

function copyOutcome<T>(source: ExecutorFuture<T>, target: Future<T>): void {
  if (target.done()) return;
  if (source.cancelled()) {
    target.cancel();
    return;
  }
  const error = source.exception();
  if (error === null || error === undefined) target.setResult(source.result());
  else target.setException(error instanceof CancelledError ? new CancelledError(error.message) : error);
}
