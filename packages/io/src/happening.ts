import type { EventEmitter } from "node:events";
import { type Coroutine, type EventLoop, type Future, HostCallback } from "yieldfrom";

/** A future that Node's callbacks settle, whichever comes first. They may be given away as plain functions. */
export class Outcome<T> {
  readonly future: Future<T>;
  private readonly _calls: HostCallback<() => void>;

  constructor(loop: EventLoop) {
    const future = loop.createFuture<T>();
    this.future = future;
    this._calls = new HostCallback<() => void>(loop, (settle) => {
      if (!future.done()) settle();
    });
  }

  readonly succeed = (value: T): void => this._calls.call(() => this.future.setResult(value));

  readonly fail = (error: unknown): void => this._calls.call(() => this.future.setException(error));
}

/**
 * Waits for one of Node's events, or for the emitter's "error", which is thrown. It listens from the call of `start` on,
 * which is to cause the event. No listener stays behind.
 */
export function* happening<T = void>(
  loop: EventLoop,
  emitter: EventEmitter,
  event: string,
  start: () => void,
): Coroutine<T> {
  const outcome = new Outcome<T>(loop);
  emitter.on(event, outcome.succeed);
  emitter.on("error", outcome.fail);
  try {
    start();
    return yield* outcome.future;
  } finally {
    emitter.off(event, outcome.succeed);
    emitter.off("error", outcome.fail);
  }
}

/** For the "error" events of what nobody is interested in any more, which would end the process. */
export function ignore(): void {}
