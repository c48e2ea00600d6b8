import { type Coroutine, type EventLoop, type Future, type Timeout, TimeoutError, timeoutAt } from "yieldfrom";
import { ClientConnectionError, type Phase, type Subject } from "./errors.ts";
import type { Waiting } from "./places.ts";

/**
 * One request on its way to a connection. All that it waits for, it waits for by `wait`: so the connector that is closed
 * can interrupt it, without cancelling the task.
 */
export class Attempt implements Waiting {
  readonly loop: EventLoop;
  /** What errors are about. */
  readonly subject: Subject;
  phase: Phase = "waiting for a connection";
  private _future: Future<unknown> | null = null;
  private _failure: Error | null = null;

  constructor(loop: EventLoop, subject: Subject) {
    this.loop = loop;
    this.subject = subject;
  }

  /** @throws what the future fails with, or ClientConnectionError if the connector is closed meanwhile */
  *wait<T>(future: Future<T>): Coroutine<T> {
    if (this._failure !== null && !future.done()) future.setException(this._failure);
    this._future = future as Future<unknown>;
    try {
      return yield* future;
    } finally {
      this._future = null;
    }
  }

  /** Nothing is to come of it: `what` is the reason. */
  close(what: string): void {
    this._failure = new ClientConnectionError(this.subject, this.phase, what);
    if (this._future !== null && !this._future.done()) this._future.setException(this._failure);
  }

  /** @throws ClientConnectionError if it was closed */
  check(): void {
    if (this._failure !== null) throw this._failure;
  }
}

/** Runs `body` until `when`, in loop time (null: no limit); then what `late` makes is thrown. */
export function* within<T>(
  when: number | null,
  late: (cause: unknown) => Error,
  body: () => Coroutine<T>,
): Coroutine<T> {
  if (when === null) return yield* body();
  let scope: Timeout | undefined;
  try {
    return yield* timeoutAt(when, (entered) => {
      scope = entered;
      return body();
    });
  } catch (error) {
    throw error instanceof TimeoutError && scope?.expired() ? late(error) : error;
  }
}
