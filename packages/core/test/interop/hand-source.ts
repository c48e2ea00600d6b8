import { getRunningLoop } from "yieldfrom";

/** Calls back when it is settled, on the spot: what a Promise can't do, and what works in virtual time. */
export class Deferred<T> implements PromiseLike<T> {
  private _settled: ((tell: Tell<T>) => void) | null = null;
  private readonly _waiting: Tell<T>[] = [];

  // biome-ignore lint/suspicious/noThenProperty: being thenable is the point
  then<A = T, B = never>(
    onResult?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    const tell: Tell<T> = { ok: (value) => void onResult?.(value), fail: (error) => void onError?.(error) };
    if (this._settled === null) this._waiting.push(tell);
    else this._settled(tell);
    return this as never;
  }

  resolve(value: T): void {
    this._settle((tell) => tell.ok(value));
  }

  reject(error: unknown): void {
    this._settle((tell) => tell.fail(error));
  }

  private _settle(how: (tell: Tell<T>) => void): void {
    if (this._settled !== null) return;
    this._settled = how;
    for (const tell of this._waiting) how(tell);
  }
}

interface Tell<T> {
  ok(value: T): void;
  fail(error: unknown): void;
}

/**
 * Gives the numbers from 0 to `count`, each after a virtual millisecond, as an async generator would: one thing at a time,
 * so that `return()` stands in line behind a pending `next()`. `log` says what was asked of it, and what has ended.
 */
export class HandSource implements AsyncIterableIterator<number> {
  readonly log: string[] = [];
  /** Whether it has said that there is nothing left, or failed. */
  hasEnded = false;
  /** Milliseconds that an item takes; `Infinity`: it never comes. */
  takes = 1;
  /** Milliseconds that closing takes. */
  closing = 1;
  nextError: { readonly error: unknown; readonly at: number } | null = null;
  returnError: { readonly error: unknown } | null = null;
  private readonly _count: number;
  private _given = 0;
  private _busy: Deferred<unknown> | null = null;
  private _closed = false;

  constructor(count: number) {
    this._count = count;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<number>> {
    this.log.push("next");
    const reply = new Deferred<IteratorResult<number>>();
    this._inTurn(reply, this.takes, () => {
      const index = this._given++;
      const isError = this.nextError?.at === index;
      this.hasEnded ||= isError || this._closed || index >= this._count;
      if (isError) reply.reject(this.nextError?.error);
      else if (this.hasEnded) reply.resolve({ done: true, value: undefined });
      else reply.resolve({ done: false, value: index });
    });
    return reply as unknown as Promise<IteratorResult<number>>;
  }

  return(): Promise<IteratorResult<number>> {
    this.log.push("return");
    const reply = new Deferred<IteratorResult<number>>();
    this._inTurn(reply, this.closing, () => {
      this._closed = true;
      this.log.push("closed");
      if (this.returnError !== null) reply.reject(this.returnError.error);
      else reply.resolve({ done: true, value: undefined });
    });
    return reply as unknown as Promise<IteratorResult<number>>;
  }

  private _inTurn(reply: Deferred<IteratorResult<number>>, ms: number, act: () => void): void {
    const before = this._busy;
    const loop = getRunningLoop();
    this._busy = reply;
    const start = () => {
      if (ms === Number.POSITIVE_INFINITY) return;
      loop.callLater(ms, act);
    };
    if (before === null) start();
    else before.then(start, start);
  }
}
