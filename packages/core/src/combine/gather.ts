import { type CancelledError, newCancelledError } from "../errors.ts";
import { CANCELLED, FINISHED, Future, PENDING } from "../future.ts";
import { current, defaultLoop, EMPTY, NOBODY } from "../loop/current.ts";
import { Handle, type Runnable } from "../loop/handle.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import type { Reason } from "../reason.ts";
import { blockersAmong } from "../task/awaiters.ts";
import { isNativeGenerator } from "../task/coroutine.ts";
import { futureFor, mustBeList } from "../task/ensure.ts";
import type { Task } from "../task/task.ts";
import { reasonNow } from "../task/why.ts";
import type { Awaitable } from "../types.ts";

/** The results of a list of awaitables, in their places: a tuple for a tuple. */
export type Results<A extends readonly unknown[]> = {
  -readonly [K in keyof A]: A[K] extends Awaitable<infer T> ? T : never;
};
/** The same where errors stand among the results. */
export type ResultsOrErrors<A extends readonly unknown[]> = {
  -readonly [K in keyof A]: A[K] extends Awaitable<infer T> ? T | Error : never;
};

/**
 * Runs awaitables concurrently and gives their results in the order of the list. Coroutines become tasks at once.
 * Source: asyncio `gather`.
 *
 * The first error, or cancellation, of one of them is thrown to whoever waits; **the others go on**. A `taskGroup`
 * stops them. Cancelling the gather cancels all of them.
 * @param options.returnExceptions errors are put among the results instead; then all are waited for
 */
export function gather<const A extends readonly Awaitable<unknown>[]>(
  awaitables: A,
  options: { readonly returnExceptions: true },
): Future<ResultsOrErrors<A>>;
export function gather<const A extends readonly Awaitable<unknown>[]>(
  awaitables: A,
  options?: { readonly returnExceptions?: false },
): Future<Results<A>>;
export function gather(
  awaitables: readonly Awaitable<unknown>[],
  options?: { readonly returnExceptions?: boolean },
): Future<unknown[]>;
export function gather(
  awaitables: readonly Awaitable<unknown>[],
  options?: { readonly returnExceptions?: boolean },
): Future<unknown[]> {
  mustBeList(awaitables, "gather([a, b])");
  let gathering: Gathering | undefined;
  try {
    for (const awaitable of awaitables) {
      const known = gathering?._taskOf(awaitable);
      const child = known ?? futureFor("gather()", awaitable, gathering?._loop);
      gathering ??= new Gathering(child._loop, options?.returnExceptions ?? false);
      if (known === undefined) gathering._listenTo(child, awaitable);
      gathering._children.push(child);
    }
  } catch (error) {
    gathering?._abandon();
    throw error;
  }
  gathering ??= new Gathering(defaultLoop("gather()"), false);
  gathering._complete();
  return gathering;
}

/** A generator, with the task that a gather has made of it. */
interface Gathered extends Awaitable<unknown> {
  _gathered?: Future<unknown>;
}

/**
 * Lies itself among the waiters of each child, and so is queued for each that is done: all it needs to know is how many are
 * not. Of a child that failed it must know which, and in its turn; so for that one a handle is queued.
 */
class Gathering extends Future<unknown[]> implements Runnable {
  /** In the order of the list, some more than once. */
  readonly _children: Future<unknown>[] = [];
  private readonly _doneAlready: Future<unknown>[] = [];
  private readonly _returnExceptions: boolean;
  /** How often it is among the waiters of children that are not done. */
  private _pending = 0;
  /** The tasks made of awaitables that are neither futures nor generators. */
  private _others: Map<unknown, Future<unknown>> | null = null;
  private _cancelRequested = false;
  private _requestMessage: string | undefined = undefined;
  private _requestReason: Reason | undefined = undefined;

  constructor(loop: EventLoop, returnExceptions: boolean) {
    super(loop._plain);
    this._returnExceptions = returnExceptions;
  }

  /**
   * The task that was made of an awaitable, if that stands in the list once more. A generator is marked with it: a map of
   * many took as long as all the rest.
   */
  _taskOf(awaitable: Awaitable<unknown>): Future<unknown> | undefined {
    if (!isNativeGenerator(awaitable)) return this._others?.get(awaitable);
    const task = (awaitable as Gathered)._gathered;
    return task !== undefined && this._children.includes(task) ? task : undefined;
  }

  /** To be called before the next child is made a task, which, started eagerly, may listen to this one as well. */
  _listenTo(child: Future<unknown>, awaitable: Awaitable<unknown>): void {
    if (isNativeGenerator(awaitable)) (awaitable as Gathered)._gathered = child;
    else if ((awaitable as unknown) !== child) {
      this._others ??= new Map();
      this._others.set(awaitable, child);
    }
    this._pending++;
    if (child.done()) this._doneAlready.push(child);
    else child._addWaiter(this);
  }

  /** After the last child. */
  _complete(): void {
    if (this._children.length === 0) this.setResult([]);
    for (const child of this._doneAlready.splice(0)) this._childDone(child);
  }

  get _awaiter(): Future<unknown> {
    return this;
  }

  /** A child has a result. */
  _run(): void {
    current.running = NOBODY;
    this._pending--;
    if (this._pending === 0 && this._state === PENDING) this._allDone();
  }

  _forFailed(child: Future<unknown>): Runnable {
    return new Handle(() => this._childDone(child), [], this._loop, EMPTY, null);
  }

  /** One of the list is no awaitable, so nobody will hear of the others. */
  _abandon(): void {
    for (const child of this._children) child._removeWaiter(this);
  }

  /** Cancels the children; this itself is done when they are. */
  override cancel(message?: string): boolean {
    if (this.done()) return false;
    let any = false;
    for (const child of this._children) any = child.cancel(message) || any;
    if (any) {
      this._cancelRequested = true;
      this._requestMessage = message;
      this._requestReason = reasonNow();
    }
    return any;
  }

  override _blockers(): Task<unknown>[] {
    return blockersAmong(this._children);
  }

  private _childDone(child: Future<unknown>): void {
    this._pending--;
    if (this.done()) {
      silence(child);
      return;
    }
    if (!this._returnExceptions && child._state !== FINISHED) {
      this.setException(child._error("gather"));
      this._leavePending();
      return;
    }
    if (this._pending === 0) this._allDone();
  }

  private _allDone(): void {
    if (this._cancelRequested) this.setException(this._cancellation());
    else this.setResult(this._children.map(outcome));
  }

  /** A child may live long and be gathered often: all that have failed leave one callback on it together. */
  private _leavePending(): void {
    for (const child of new Set(this._children)) {
      if (child.done()) continue;
      child._removeWaiter(this);
      child.removeDoneCallback(silence);
      child.addDoneCallback(silence);
    }
  }

  /** asyncio lets the last child decide whether the request's message is carried on; so do we, to the letter. */
  private _cancellation(): CancelledError {
    const last = this._children[this._children.length - 1] as Future<unknown>;
    const carries = last.cancelled() && last._takeCancelledError().message !== "";
    return newCancelledError(carries ? this._requestMessage : undefined, this._requestReason);
  }
}

/** Someone was told of the first failure already; later ones are taken note of and dropped. */
function silence(child: Future<unknown>): void {
  child._silence();
}

/** A child's result or error. A cancelled task's own CancelledError stays with the task. */
function outcome(child: Future<unknown>): unknown {
  if (child._state === FINISHED) return child._outcome;
  return child._state === CANCELLED ? child._freshCancelledError() : child._error("gather");
}
