import { type Coroutine, from } from "yieldfrom";

/** Events that may wait for their reader before the workers do. */
const MOST = 4096;

/**
 * Events on their way from the workers to the one who reads them, in another task or in an async function. Putting one in
 * never waits, so that none is lost in a hurry; who makes them asks `isFull` in between, and waits for `room` then.
 */
export class EventStream<E> {
  private _events: E[] = [];
  private _next = 0;
  private _ended = false;
  private _failure: { readonly error: unknown } | undefined = undefined;
  private _closed = false;
  private _waiting: PromiseWithResolvers<void> | undefined = undefined;
  private _room: PromiseWithResolvers<void> | undefined = undefined;

  get isFull(): boolean {
    return this._events.length - this._next >= MOST && !this._closed;
  }

  /** Waits until the reader has taken half of what waits, or went away. */
  *room(): Coroutine<void> {
    while (this.isFull) {
      this._room ??= Promise.withResolvers();
      yield* from(this._room.promise);
    }
  }

  put(event: E): void {
    if (this._closed) return;
    this._events.push(event);
    this._wake();
  }

  /** No more will come. */
  end(): void {
    this._ended = true;
    this._wake();
  }

  /** After what is there, its reader gets the error. */
  fail(error: unknown): void {
    this._failure = { error };
    this._wake();
  }

  /** Nobody reads any more. */
  close(): void {
    this._closed = true;
    this._events = [];
    this._next = 0;
    this._wake();
    this._makeRoom();
  }

  /** The next event, once it is there; null at the end. */
  async take(): Promise<E | null> {
    for (;;) {
      if (this._next < this._events.length) return this._take();
      if (this._failure !== undefined) {
        const { error } = this._failure;
        this._failure = undefined;
        this._ended = true;
        throw error;
      }
      if (this._ended || this._closed) return null;
      this._waiting ??= Promise.withResolvers();
      await this._waiting.promise;
    }
  }

  private _take(): E {
    const event = this._events[this._next++] as E;
    if (this._next * 2 >= this._events.length) {
      this._events.splice(0, this._next);
      this._next = 0;
      if (this._events.length <= MOST / 2) this._makeRoom();
    }
    return event;
  }

  private _wake(): void {
    this._waiting?.resolve();
    this._waiting = undefined;
  }

  private _makeRoom(): void {
    this._room?.resolve();
    this._room = undefined;
  }
}
