import type { Future } from "../future.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { isThenable, reportUnlessAbort } from "./abort.ts";

/**
 * What foreign code answers, perhaps later: a value, a Promise, or an error. A coroutine may wait for it, and may stop
 * waiting; then the outcome is still known when it comes, and an error is not lost.
 */
export class Reply<T> {
  /** `null` while it is pending. */
  outcome: PromiseSettledResult<T> | null = null;
  private readonly _loop: EventLoop;
  private readonly _settled: Future<void>;
  private _abandoned = false;
  private _whenSettled: (() => void) | undefined = undefined;

  constructor(loop: EventLoop, ask: () => T | PromiseLike<T>) {
    this._loop = loop;
    this._settled = loop.createFuture<void>();
    try {
      const answer = ask();
      if (isThenable(answer)) {
        answer.then(
          (value) => this._settle({ status: "fulfilled", value }),
          (reason) => this._settle({ status: "rejected", reason }),
        );
      } else {
        this._settle({ status: "fulfilled", value: answer });
      }
    } catch (reason) {
      this._settle({ status: "rejected", reason });
    }
  }

  /** To be awaited: done when there is an outcome. It throws nothing but a cancellation of who waits. */
  wait(): Future<void> {
    return this._settled;
  }

  /** Nobody waits for it any more: an error that it has, or will have, goes to the loop's exception handler. */
  abandon(whenSettled?: () => void): void {
    this._abandoned = true;
    this._whenSettled = whenSettled;
    if (this.outcome !== null) this._drop(this.outcome);
  }

  private _settle(outcome: PromiseSettledResult<T>): void {
    this.outcome = outcome;
    if (this._abandoned) this._drop(outcome);
    else if (!this._settled.done()) this._loop._settleFromHost(this._settled as Future<unknown>, true, undefined);
  }

  private _drop(outcome: PromiseSettledResult<T>): void {
    if (outcome.status === "rejected") {
      reportUnlessAbort(this._loop, "exception in an iterator whose task stopped waiting for it", outcome.reason);
    }
    this._whenSettled?.();
  }
}
