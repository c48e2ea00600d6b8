import type { EventLoop } from "yieldfrom";

/**
 * Calls `fn` when `loop` is closed, unless the returned function was called before. For what would keep the host alive, or go on
 * unseen, when nobody is there any more to see to it.
 */
export function whenClosed(loop: EventLoop, fn: () => void): () => void {
  // A Promise of a future is rejected when the loop is closed. Whoever holds the returned function holds the future.
  const never = loop.createFuture<void>();
  never.then(() => {}, fn);
  return () => {
    if (!never.done() && !loop.isClosed()) never.setResult();
  };
}
