import { type Coroutine, Future } from "yieldfrom";

/**
 * Tasks that wait until there may be something for them, woken one by one in the order they came. A wake-up is a hint: who
 * is woken looks again. One that is cancelled after it was woken wakes the next, so that no wake-up is lost.
 */
export class Sleepers {
  private readonly _waiting = new Set<Future<void>>();

  /** Waits to be woken. */
  *wait(): Coroutine<void> {
    const future = new Future<void>();
    this._waiting.add(future);
    let heard = false;
    try {
      yield* future;
      heard = true;
    } finally {
      if (!this._waiting.delete(future) && !heard && !future.cancelled()) this.wakeOne();
    }
  }

  wakeOne(): void {
    for (const future of this._waiting) {
      this._waiting.delete(future);
      if (future.done()) continue; // Cancelled, and its task has not run yet.
      future.setResult(undefined);
      return;
    }
  }

  wakeAll(): void {
    for (const future of this._waiting) if (!future.done()) future.setResult(undefined);
    this._waiting.clear();
  }
}
