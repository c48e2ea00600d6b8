import { CANCELLED, type Future, PENDING } from "../future.ts";
import { getRunningLoop } from "../loop/current.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { brief } from "../print.ts";
import { isAwaitable, isCoroutine } from "../task/coroutine.ts";
import { Operation } from "../task/operation.ts";
import type { Suspension } from "../types.ts";
import { isThenable, reportUnlessAbort } from "./abort.ts";

/**
 * Makes a Promise, or an operation that obeys an AbortSignal, something to `yield*` for.
 *
 * ```ts
 * const bytes = yield* from(readFile(path));
 * const response = yield* from((signal) => fetch(url, { signal }));
 * ```
 * A function is called when the awaiting starts; cancelling the task aborts its signal, with the CancelledError as the
 * reason, and the task does not wait for the operation's end. An error that comes after that, other than the abort
 * itself, goes to the loop's exception handler.
 * @throws what the Promise is rejected with; TypeError if `source` is, or returns, a coroutine or another awaitable
 */
export function from<T>(source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T> | T)): Operation<T> {
  if (!isThenable(source) && typeof source !== "function") {
    const advice = isAwaitable(source) ? ": it needs no from(), write `yield* …` before it" : "";
    throw new TypeError(`Expected a Promise or a function (signal) => Promise, got ${brief(source)}${advice}`);
  }
  return new FromPromise<T>(source);
}

class FromPromise<T> extends Operation<T> {
  declare private readonly _source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T> | T);
  declare private _future: Future<T> | null;
  declare private _controller: AbortController | null;

  constructor(source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T> | T)) {
    super();
    this._source = source;
    this._future = null;
    this._controller = null;
  }

  override get _title(): string {
    return "from()";
  }

  override next(): IteratorResult<Suspension, T> {
    const future = this._future;
    if (future === null) return this._start(getRunningLoop());
    if (future._state === CANCELLED) this.throw(future._takeCancelledError());
    return future.next();
  }

  protected override _interrupted(error: unknown): void {
    this._controller?.abort(error);
  }

  private _start(loop: EventLoop): IteratorResult<Suspension, T> {
    const future = loop.createFuture<T>();
    this._future = future;
    const promise = this._promise();
    promise.then(
      (value) => {
        if (future._state === PENDING) loop._settleFromHost(future as Future<unknown>, true, value);
      },
      (error) => {
        if (future._state === PENDING) loop._settleFromHost(future as Future<unknown>, false, error);
        else this._late(loop, error);
      },
    );
    return future.next();
  }

  private _promise(): PromiseLike<T> {
    const source = this._source;
    if (typeof source !== "function") return source;
    this._controller = new AbortController();
    const result = source(this._controller.signal);
    if (typeof result === "object" && result !== null && "then" in result) return result as PromiseLike<T>;
    // Handed on as a value it would never run.
    if (isCoroutine(result)) {
      throw new TypeError(`the function given to from() returned ${brief(result)}: it needs no from(), \`yield*\` it`);
    }
    return Promise.resolve(result);
  }

  /** Rejected after the task was cancelled, and so has stopped waiting. */
  private _late(loop: EventLoop, exception: unknown): void {
    const reason: unknown = this._controller?.signal.reason;
    const { cause } = (exception ?? {}) as { cause?: unknown };
    if (reason !== undefined && (exception === reason || cause === reason)) return;
    reportUnlessAbort(loop, "exception in an operation whose task was cancelled", exception);
  }
}
