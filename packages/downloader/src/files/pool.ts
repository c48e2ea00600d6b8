/** Work of Node's thread pool, for coroutines that must not go away while it is under way. */
import { type Coroutine, type EventLoop, type Future, getRunningLoop, HostCallback } from "yieldfrom";

/** A callback as those of node:fs. */
export type NodeCallback<T> = (error: Error | null, value: T) => void;

/** News that come from the pool. To tell them costs nothing as long as nobody waits. */
export class News {
  private readonly _loop: EventLoop;
  private readonly _call: HostCallback<void>;
  private readonly _waiters = new Set<Future<void>>();

  constructor() {
    this._loop = getRunningLoop();
    this._call = new HostCallback<void>(this._loop, () => {
      for (const waiter of this._waiters) if (!waiter.done()) waiter.setResult(undefined);
    });
  }

  /** Called by what runs on the pool. */
  tell(): void {
    if (this._waiters.size > 0) this._call.call(undefined);
  }

  /** Waits to be told. */
  *wait(): Coroutine<void> {
    const waiter = this._loop.createFuture<void>();
    this._waiters.add(waiter);
    try {
      yield* waiter;
    } finally {
      this._waiters.delete(waiter);
    }
  }

  /** Waits as long as `busy()`, also when it is cancelled; the cancellation is thrown after that. */
  *waitOut(busy: () => boolean): Coroutine<void> {
    let cancellation: unknown;
    while (busy()) {
      try {
        yield* this.wait();
      } catch (error) {
        cancellation = error;
      }
    }
    if (cancellation !== undefined) throw cancellation;
  }
}

/**
 * Runs one call of node:fs on the pool and waits for its end in any case: a file descriptor must not be closed, nor a
 * buffer used again, under a thread that still works with it. A cancellation is thrown once it is over.
 * @param start calls it, with the callback it is given
 * @throws what the call failed with
 */
export function* onPool<T = void>(start: (done: NodeCallback<T>) => void): Coroutine<T> {
  const news = new News();
  let outcome: { readonly error: Error | null; readonly value: T } | undefined;
  start((error, value) => {
    outcome = { error, value };
    news.tell();
  });
  yield* news.waitOut(() => outcome === undefined);
  const { error, value } = outcome as unknown as { readonly error: Error | null; readonly value: T };
  if (error !== null) throw error;
  return value;
}
