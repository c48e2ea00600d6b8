import { getRunningLoop } from "../loop/current.ts";
import type { EventLoop, OpenIterator } from "../loops/event-loop.ts";
import type { Coroutine } from "../types.ts";
import { reportUnlessAbort } from "./abort.ts";
import { Reply } from "./reply.ts";

/** What `forEach` needs of a Web ReadableStream. */
export interface StreamLike<T> {
  getReader(): {
    read(): PromiseLike<Item<T>>;
    cancel(reason?: unknown): PromiseLike<void>;
    releaseLock(): void;
  };
}

type Item<T> = { readonly done?: boolean | undefined; readonly value?: T | undefined };

/** An iterator over Promises, of one kind or another. */
export interface Steps<T> {
  next(): Item<T> | PromiseLike<Item<T>>;
  /** Closes it; `undefined`: there is nothing to close. */
  readonly return: (() => unknown) | undefined;
  /** Called when it has ended by itself. */
  ended(): void;
  /** Whether closing works while a `next()` is pending, and does not stand in line behind it. */
  readonly interruptible: boolean;
}

export function stepsOfIterator<T>(iterator: AsyncIterator<T>): Steps<T> {
  return {
    next: () => iterator.next(),
    return: iterator.return === undefined ? undefined : () => iterator.return?.(),
    ended() {},
    interruptible: false,
  };
}

/** Not by the stream's own async iterator, which can't be interrupted while it waits for a chunk. */
export function stepsOfStream<T>(stream: StreamLike<T>): Steps<T> {
  const reader = stream.getReader();
  return {
    next: () => reader.read(),
    return() {
      const cancelled = reader.cancel();
      reader.releaseLock();
      return cancelled;
    },
    ended: () => reader.releaseLock(),
    interruptible: true,
  };
}

/**
 * The way of one coroutine through an asynchronous source: waits for its items, and sees to it that the source is closed,
 * however the way ends. Until it has ended it is among its loop's open iterators.
 */
export class Walk<T> implements OpenIterator {
  private readonly _steps: Steps<T>;
  private readonly _loop: EventLoop = getRunningLoop();
  /** The last `next()`; it may be pending still when nobody waits for it any more. */
  private _last: Reply<Item<T>> | null = null;

  constructor(steps: Steps<T>) {
    this._steps = steps;
    this._loop._openIterators.add(this);
  }

  /** Waits for the next item. If that is interrupted, or fails, there is nothing left to be closed. */
  *next(): Coroutine<Item<T>> {
    const reply = new Reply(this._loop, () => this._steps.next());
    this._last = reply;
    try {
      yield* reply.wait();
    } catch (interruption) {
      reply.abandon();
      const hasEnded =
        reply.outcome !== null && (reply.outcome.status === "rejected" || reply.outcome.value.done === true);
      if (!hasEnded) yield* this.closeAfter(interruption);
      this._end();
      throw interruption;
    }
    const outcome = reply.outcome as PromiseSettledResult<Item<T>>;
    if (outcome.status === "rejected") {
      this._end();
      throw outcome.reason;
    }
    if (outcome.value.done) this._end();
    return outcome.value;
  }

  /** Closes the source and waits for that. @throws the error of its `return()` */
  *close(): Coroutine<void> {
    const closed = yield* this._close();
    if (closed?.status === "rejected") throw closed.reason;
  }

  /** Closes the source, and throws `error` then. A cancellation that comes meanwhile takes its place. */
  *closeAfter(error: unknown): Coroutine<never> {
    let closed: PromiseSettledResult<unknown> | null;
    try {
      closed = yield* this._close();
    } catch (interruption) {
      const message = "exception in the body of forEach(), which was cancelled while it closed its source";
      reportUnlessAbort(this._loop, message, error);
      throw interruption;
    }
    if (closed?.status === "rejected") {
      reportUnlessAbort(this._loop, "exception while forEach() closed its source", closed.reason);
    }
    throw error;
  }

  /** @internal */
  _shutDown(closed: () => void): void {
    const stuck = this._isStuck();
    const reply = this._return();
    reply?.abandon(stuck ? undefined : closed);
    if (stuck || reply === null) closed();
  }

  /** How the closing went; `null` if nobody can tell. */
  private *_close(): Coroutine<PromiseSettledResult<unknown> | null> {
    const stuck = this._isStuck();
    const reply = this._return();
    if (stuck) reply?.abandon();
    if (stuck || reply === null) return null;
    try {
      yield* reply.wait();
    } catch (interruption) {
      reply.abandon();
      throw interruption;
    }
    return reply.outcome;
  }

  private _return(): Reply<unknown> | null {
    this._loop._openIterators.delete(this);
    return this._steps.return === undefined ? null : new Reply(this._loop, this._steps.return);
  }

  /** Whether a `return()` may have to wait for ever. */
  private _isStuck(): boolean {
    return !this._steps.interruptible && this._last?.outcome === null;
  }

  private _end(): void {
    this._loop._openIterators.delete(this);
    this._steps.ended();
  }
}
