import { type Coroutine, type Future, getRunningLoop } from "yieldfrom";
import { ConnectionResetError } from "./errors.ts";

/**
 * Flow control on the protocol's side: `drain()` passes while the transport takes more, and waits from `pauseWriting` to
 * `resumeWriting`. Any number may wait at once. Source: asyncio `FlowControlMixin`.
 */
export class DrainGate {
  private _paused = false;
  private _lost = false;
  private _lostBy: Error | null = null;
  private readonly _waiters = new Set<Future<void>>();

  /** Whether `wait()` would pass at once. */
  get isOpen(): boolean {
    return !this._paused && !this._lost;
  }

  pause(): void {
    this._paused = true;
  }

  resume(): void {
    this._paused = false;
    this._wakeAll(null);
  }

  /** The connection is gone: those who wait go on, with `error` if there is one. */
  lose(error: Error | null): void {
    this._lost = true;
    this._lostBy = error;
    if (this._paused) this._wakeAll(error);
  }

  /** @param asked who waits, for the message @throws ConnectionResetError if the connection is gone; its `cause` says why */
  *wait(asked = "drain()"): Coroutine<void> {
    if (this._lost) {
      const message = `${asked} on a connection that is lost: nothing that is written arrives any more`;
      throw new ConnectionResetError(message, this._lostBy === null ? {} : { cause: this._lostBy });
    }
    if (!this._paused) return;
    const waiter = getRunningLoop().createFuture<void>();
    this._waiters.add(waiter);
    try {
      yield* waiter;
    } finally {
      this._waiters.delete(waiter);
    }
  }

  private _wakeAll(error: Error | null): void {
    for (const waiter of this._waiters) {
      if (waiter.done()) continue;
      if (error === null) waiter.setResult(undefined);
      else waiter.setException(error);
    }
  }
}
