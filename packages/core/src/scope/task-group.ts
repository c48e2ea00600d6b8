import { CancelledError, RuntimeError } from "../errors.ts";
import { ExceptionGroup } from "../exception-group.ts";
import { FINISHED, type Future, release } from "../future.ts";
import { current, EMPTY, getRunningLoop, NOBODY } from "../loop/current.ts";
import { Handle, type Runnable } from "../loop/handle.ts";
import { brief } from "../print.ts";
import { cancelFor, Reason } from "../reason.ts";
import { Joining } from "../task/awaiters.ts";
import { coroutine } from "../task/coroutine.ts";
import { currentTask } from "../task/create.ts";
import { awaitableFrom, mustBeBody } from "../task/ensure.ts";
import { type CoroutineLike, MUST_CANCEL, mustBeCoroutine, type Task, type TaskOptions } from "../task/task.ts";
import { named } from "../task/why.ts";
import type { Awaitable, Coroutine } from "../types.ts";

/**
 * Runs `body`, which may start tasks in the group, and returns its value when all of them are done. The first that
 * fails has the others and the body cancelled; their errors are thrown from here as one ExceptionGroup.
 * Source: asyncio `TaskGroup`.
 *
 * ```ts
 * const pages = yield* taskGroup(function* (group) {
 *   const tasks = urls.map((url) => group.createTask(fetchPage(url)));
 *   return yield* gather(tasks);
 * });
 * ```
 * `group.cancel()` stops it without an error. A body that is cut short by that has no value: the result is then
 * `undefined`, whatever its type says, unless the body catches the CancelledError and returns something.
 * @throws ExceptionGroup of the errors; CancelledError if the calling task was cancelled and nothing failed
 */
export function taskGroup<T>(body: (group: TaskGroup) => Awaitable<T>): Coroutine<T> {
  return withGroup(body) as Coroutine<T>;
}

const withGroup = /* @__PURE__ */ coroutine(function* taskGroup(
  body: (group: TaskGroup) => Awaitable<unknown>,
): Coroutine<unknown> {
  mustBeBody("taskGroup", body);
  const group = new TaskGroup();
  group._enter();
  let result: unknown;
  let error: unknown;
  let failed = false;
  try {
    result = yield* awaitableFrom("taskGroup", body, group);
  } catch (thrown) {
    error = thrown;
    failed = true;
  }
  yield* group._exit(error, failed);
  return result;
});

const NOT_ENTERED = "has not been entered; use taskGroup(function* (group) { … })";

/**
 * The scope of a `taskGroup`.
 *
 * How it tells its own cancellation of the parent from anybody else's: it cancels the parent at most once
 * (`_cancelledParent`), and takes that back when it is left; if then there are no more requests than when it was
 * entered (`_requestsBefore`), a CancelledError that came out of the body was its own and is forgotten.
 */
export class TaskGroup implements Runnable {
  /** Its tasks, and some that are done: `_pending` says how many are not. */
  private _tasks: Task<unknown>[] = [];
  private _pending = 0;
  private readonly _errors: unknown[] = [];
  private _parent: Task<unknown> | null = null;
  private _entered = false;
  private _exiting = false;
  /** Why all tasks were cancelled and no new one is taken. */
  private _abortedFor: Reason | null = null;
  private _cancelledParent = false;
  /** Requests to cancel the parent that it had heard of when the group was entered. */
  private _requestsBefore = 0;
  /** What the exit waits on while there are tasks. */
  private _allDone: Future<void> | null = null;

  /**
   * Starts a task that the group waits for. May be called from anywhere, a callback of the host for instance.
   * @throws RuntimeError if the group was not entered, is finished, or is shutting down, after a failure or `cancel()`
   */
  createTask<T>(coro: CoroutineLike<T>, options?: TaskOptions): Task<T> {
    if (!this._entered) this._refuse(coro, NOT_ENTERED);
    if (this._exiting && this._pending === 0) this._refuse(coro, "is finished");
    if (this._aborting) this._refuse(coro, "is shutting down");
    // Not the running loop: a host's callback, a request handler for one, runs in none.
    const task = (this._parent as Task<unknown>)._loop.createTask(coro, options);
    this._add(task as Task<unknown>);
    // Started eagerly, it may have stopped the group before it was in it.
    if (this._abortedFor !== null && !task.done()) cancelFor(this._abortedFor, task);
    return task;
  }

  /**
   * Stops the group without an error: cancels its tasks and its body, and `taskGroup` then returns as if all had ended
   * by themselves. Errors that come up on the way are thrown all the same, and so is a cancellation of the calling
   * task by anyone else. May be called from anywhere, more than once, and after the group has ended.
   * Source: asyncio `TaskGroup.cancel` (Python 3.15).
   * @param message carried by the CancelledErrors
   * @throws RuntimeError if the group was not entered
   */
  cancel(message?: string): void {
    if (!this._entered) throw new RuntimeError(`${this} ${NOT_ENTERED}`);
    if (this._aborting || (this._exiting && this._pending === 0)) return;
    const reason = new Reason(`cancel() of the task group of ${named((this._parent as Task<unknown>)._name)}`);
    this._stop(reason, message);
  }

  toString(): string {
    const state = this._aborting ? " cancelling" : this._entered ? " entered" : "";
    return `<TaskGroup${state} tasks=${this._pending} errors=${this._errors.length}>`;
  }

  private get _aborting(): boolean {
    return this._abortedFor !== null;
  }

  /** @internal */
  _enter(): void {
    this._entered = true;
    this._parent = currentTask();
    if (this._parent === null) throw new RuntimeError("taskGroup() must be used inside a task");
    // A request that is still to be delivered will be heard inside, and is not the group's to forget.
    this._requestsBefore = this._parent._flags & MUST_CANCEL ? 0 : this._parent.cancelling();
  }

  /** @internal Waits for the tasks and throws what is to be thrown. */
  *_exit(bodyError: unknown, bodyFailed: boolean): Coroutine<void> {
    this._exiting = true;
    const parent = this._parent as Task<unknown>;
    let cancellation = bodyFailed && bodyError instanceof CancelledError ? bodyError : null;
    let latest = cancellation;
    if (bodyFailed && !this._aborting) this._abort(this._because("body", bodyError));
    // May be interrupted again and again: the tasks are waited for all the same.
    while (this._pending > 0) {
      this._allDone ??= new Joining<void>(getRunningLoop(), { [Symbol.iterator]: () => this._tasks.values() });
      try {
        yield* this._allDone;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        latest = error;
        if (!this._aborting) {
          cancellation = error;
          this._abort(this._because("body", error));
        }
      }
      this._allDone = null;
    }
    // The request that came while it was shutting down was its own, or else is not to be lost.
    if (this._cancelledParent) {
      if (parent.uncancel() > this._requestsBefore) cancellation ??= latest;
      else {
        cancellation = null;
        // Its own may not have been delivered, if the body called `cancel()` and did not wait after that.
        parent._flags &= ~MUST_CANCEL;
      }
    }
    if (cancellation !== null && this._errors.length === 0) throw cancellation;
    if (bodyFailed && !(bodyError instanceof CancelledError)) this._errors.push(bodyError);
    if (this._errors.length === 0) return;
    if (parent.cancelling() > 0) {
      // Someone else wants the parent to stop too, and this error takes the place of that: so it is asked again.
      parent.uncancel();
      cancelFor(
        cancellation?._reason ?? new Reason("an earlier cancel(), which the errors of a task group came in between"),
        parent,
      );
    }
    throw new ExceptionGroup("unhandled errors in a TaskGroup", this._errors);
  }

  /** Cancels the tasks and the body. */
  private _stop(reason: Reason, message?: string): void {
    this._abort(reason, message);
    this._cancelledParent = true;
    cancelFor(reason, this._parent as Task<unknown>, message);
  }

  private _abort(reason: Reason, message?: string): void {
    this._abortedFor = reason;
    for (const task of this._tasks) if (!task.done()) cancelFor(reason, task, message);
  }

  /** Why the group is shutting down: `who` of it was cancelled or failed. */
  private _because(who: string, error: unknown): Reason {
    const of = named((this._parent as Task<unknown>)._name);
    if (!(error instanceof CancelledError)) {
      return new Reason(() => `task group of ${of}, whose ${who} failed with ${brief(error)}`);
    }
    return new Reason(() => `task group of ${of}, whose ${who} was cancelled`, error._reason);
  }

  private _add(task: Task<unknown>): void {
    // A group may live long: those that are done are let go of when they are the greater part.
    if (this._tasks.length > 2 * this._pending + 100) this._tasks = this._tasks.filter((one) => !one.done());
    this._tasks.push(task);
    this._pending++;
    if (task.done()) task._loop._enqueue(task._state === FINISHED ? this : this._forFailed(task));
    else task._addWaiter(this);
  }

  /** @internal */
  get _awaiter(): Task<unknown> | null {
    return this._parent;
  }

  /** @internal It lies among the waiters of each of its tasks, so it is queued for each that has a result. */
  _run(): void {
    current.running = NOBODY;
    this._taskDone();
  }

  /** @internal Of a task that failed it must be known which. */
  _forFailed(task: Future<unknown>): Runnable {
    return new Handle(() => this._taskFailed(task as Task<unknown>), [], task._loop, EMPTY, null);
  }

  private _taskDone(): void {
    this._pending--;
    if (this._pending === 0 && this._allDone !== null) release(this._allDone);
  }

  private _taskFailed(task: Task<unknown>): void {
    this._taskDone();
    if (task.cancelled()) return;
    const error = task.exception();
    if (error === null) return;
    this._errors.push(error);
    const parent = this._parent as Task<unknown>;
    if (parent.done()) {
      const message = `${task._title()} has failed but its parent task ${parent._title()} is done already`;
      task._loop.callExceptionHandler({ message, exception: error, task });
      return;
    }
    if (!this._aborting) this._stop(this._because(named(task._name), error));
  }

  private _refuse(coro: CoroutineLike<unknown>, why: string): never {
    // Closed, as nobody else will start it; something that is none at all is told so.
    const gen = mustBeCoroutine(coro);
    gen.return(undefined);
    throw new RuntimeError(`${this} ${why}`);
  }
}
