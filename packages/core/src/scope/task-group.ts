import { CancelledError, RuntimeError } from "../errors.ts";
import { ExceptionGroup } from "../exception-group.ts";
import type { Future } from "../future.ts";
import { getRunningLoop } from "../loop/current.ts";
import { coroutine } from "../task/coroutine.ts";
import { currentTask } from "../task/create.ts";
import { awaitableFrom } from "../task/ensure.ts";
import { type CoroutineLike, mustBeCoroutine, type Task, type TaskOptions } from "../task/task.ts";
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
 * @throws ExceptionGroup of the errors; CancelledError if the calling task was cancelled and nothing failed
 */
export function taskGroup<T>(body: (group: TaskGroup) => Awaitable<T>): Coroutine<T> {
  return withGroup(body) as Coroutine<T>;
}

const withGroup = coroutine(function* taskGroup(body: (group: TaskGroup) => Awaitable<unknown>): Coroutine<unknown> {
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

/**
 * The scope of a `taskGroup`.
 *
 * How it tells its own cancellation of the parent from anybody else's: it cancels the parent at most once
 * (`_cancelledParent`), and takes that back when it is left; if then no request is left, a CancelledError that came
 * out of the body was its own and is forgotten.
 */
export class TaskGroup {
  private readonly _tasks = new Set<Task<unknown>>();
  private readonly _errors: unknown[] = [];
  private _parent: Task<unknown> | null = null;
  private _entered = false;
  private _exiting = false;
  /** All tasks were cancelled and no new one is taken. */
  private _aborting = false;
  private _cancelledParent = false;
  /** What the exit waits on while there are tasks. */
  private _allDone: Future<void> | null = null;

  /**
   * Starts a task that the group waits for.
   * @throws RuntimeError if the group was not entered, is finished, or is shutting down after a failure
   */
  createTask<T>(coro: CoroutineLike<T>, options?: TaskOptions): Task<T> {
    if (!this._entered) this._refuse(coro, "has not been entered; use taskGroup(function* (group) { … })");
    if (this._exiting && this._tasks.size === 0) this._refuse(coro, "is finished");
    if (this._aborting) this._refuse(coro, "is shutting down");
    const task = getRunningLoop().createTask(coro, options);
    this._tasks.add(task as Task<unknown>);
    task.addDoneCallback((done) => this._taskDone(done as Task<unknown>));
    return task;
  }

  toString(): string {
    const state = this._aborting ? " cancelling" : this._entered ? " entered" : "";
    return `<TaskGroup${state} tasks=${this._tasks.size} errors=${this._errors.length}>`;
  }

  /** @internal */
  _enter(): void {
    this._entered = true;
    this._parent = currentTask();
    if (this._parent === null) throw new RuntimeError("taskGroup() must be used inside a task");
  }

  /** @internal Waits for the tasks and throws what is to be thrown. */
  *_exit(bodyError: unknown, bodyFailed: boolean): Coroutine<void> {
    this._exiting = true;
    const parent = this._parent as Task<unknown>;
    let cancellation = bodyFailed && bodyError instanceof CancelledError ? bodyError : null;
    if (bodyFailed && !this._aborting) this._abort();
    // May be interrupted again and again: the tasks are waited for all the same.
    while (this._tasks.size > 0) {
      this._allDone ??= getRunningLoop().createFuture<void>();
      try {
        yield* this._allDone;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        if (!this._aborting) {
          cancellation = error;
          this._abort();
        }
      }
      this._allDone = null;
    }
    if (this._cancelledParent && parent.uncancel() === 0) cancellation = null;
    if (cancellation !== null && this._errors.length === 0) throw cancellation;
    if (bodyFailed && !(bodyError instanceof CancelledError)) this._errors.push(bodyError);
    if (this._errors.length === 0) return;
    if (parent.cancelling() > 0) {
      // Someone else wants the parent to stop too, and this error takes the place of that: so it is asked again.
      parent.uncancel();
      parent.cancel();
    }
    throw new ExceptionGroup("unhandled errors in a TaskGroup", this._errors);
  }

  private _abort(): void {
    this._aborting = true;
    for (const task of this._tasks) if (!task.done()) task.cancel();
  }

  private _taskDone(task: Task<unknown>): void {
    this._tasks.delete(task);
    if (this._tasks.size === 0 && this._allDone !== null && !this._allDone.done()) this._allDone.setResult(undefined);
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
    if (this._aborting || this._cancelledParent) return;
    this._abort();
    this._cancelledParent = true;
    parent.cancel();
  }

  private _refuse(coro: CoroutineLike<unknown>, why: string): never {
    // Closed, as nobody else will start it; something that is none at all is told so.
    const gen = mustBeCoroutine(coro);
    gen.return(undefined);
    throw new RuntimeError(`${this} ${why}`);
  }
}
