import { type DeadlockError, RuntimeError } from "../errors.ts";
import { defaultExecutor, type Executor, type ExecutorFunction } from "../executor.ts";
import { FAILED, Future, release } from "../future.ts";
import { scopeToKeep } from "../loop/async-context.ts";
import { current, currentValues, NOBODY } from "../loop/current.ts";
import { deadlockError } from "../loop/deadlock.ts";
import type { Runnable } from "../loop/handle.ts";
import { Scheduler } from "../loop/scheduler.ts";
import { isCoroutineFunction } from "../task/coroutine.ts";
import { ensureFuture } from "../task/ensure.ts";
import { enterSteps, leaveSteps } from "../task/frame.ts";
import { type CoroutineLike, Task, type TaskOptions } from "../task/task.ts";
import { reportUnawaited, setLatestAside } from "../task/unawaited.ts";
import { wrapFuture } from "../task/wrap.ts";
import type { Awaitable, Coroutine } from "../types.ts";

/** Makes a loop's tasks; see `setTaskFactory`. */
export type TaskFactory = <T>(loop: EventLoop, coro: CoroutineLike<T>, options?: TaskOptions) => Task<T>;

/** An async iterator that a coroutine is going through, as the loop sees it. */
export interface OpenIterator {
  /** @internal Closes it. Calls `closed` when that is done; at once if it may never be. */
  _shutDown(closed: () => void): void;
}

/**
 * An event loop: runs callbacks and tasks one at a time, in the order they became ready. Source: asyncio's
 * `AbstractEventLoop` and `BaseEventLoop`.
 *
 * Made by `run`, `newEventLoop()` (a `HostEventLoop`) or `new VirtualEventLoop()`.
 */
export abstract class EventLoop extends Scheduler {
  /** @internal Options of tasks made without: nothing is allocated for them. */ readonly _plain: {
    readonly loop: EventLoop;
  } = { loop: this };
  /** @internal Async iterators that coroutines of this loop are going through. */ readonly _openIterators =
    new Set<OpenIterator>();
  private _taskFactory: TaskFactory | null = null;
  private _running = false;
  private _executor: Executor | null = null;
  private _executorShutDown = false;
  private readonly _signals = new Map<string, () => void>();

  /**
   * Runs the loop until `main` is done and gives its result: as a Promise on the host's loop, at once on a virtual
   * one. Source: asyncio `run_until_complete`.
   * @throws RuntimeError if the loop runs already, or was stopped before `main` was done
   * @throws DeadlockError if nothing can ever run again and `main` is not done; the loop stays usable
   */
  abstract runUntilComplete<T>(main: Awaitable<T>): T | Promise<T>;

  /** Runs the loop until `stop()`. Source: asyncio `run_forever`. */
  abstract runForever(): void | Promise<void>;

  /** Whether it runs now, or sleeps while its `runUntilComplete` is under way. */
  isRunning(): boolean {
    return this._running;
  }

  /** A new pending Future of this loop. */
  createFuture<T>(): Future<T> {
    return new Future<T>(this._plain);
  }

  /**
   * Schedules a coroutine to run as a task. Source: asyncio `create_task`.
   * @throws TypeError if `coro` is no coroutine; RuntimeError if the loop is closed
   */
  createTask<T>(coro: CoroutineLike<T>, options?: TaskOptions): Task<T> {
    if (this.isClosed()) this._refuse("createTask");
    if (this._taskFactory !== null) return this._taskFactory(this, coro, options);
    return new Task<T>(coro, options === undefined ? this._plain : { ...options, loop: this });
  }

  /**
   * Sets what makes the tasks of `createTask`; `null` for plain tasks. Source: asyncio `set_task_factory`.
   * @param factory given the loop, the coroutine and the options of `createTask`, if there were any
   */
  setTaskFactory(factory: TaskFactory | null): void {
    if (factory !== null && typeof factory !== "function") {
      throw new TypeError(`Expected \`factory\` to be a function or null, got ${String(factory)}`);
    }
    this._taskFactory = factory;
  }

  /** What `setTaskFactory` set; `null` for plain tasks. */
  getTaskFactory(): TaskFactory | null {
    return this._taskFactory;
  }

  /**
   * Runs `fn(...args)` in an executor, off the loop. It is submitted at this call, not when awaited. Cancelling the
   * future takes the call back if it is still queued; one that runs goes on, and its result is dropped,
   * unless the executor can stop it (`cancelGrace` of `@yieldfrom/executors`).
   * Source: asyncio `run_in_executor`.
   * @param executor `null` for the loop's default pool, which `import "@yieldfrom/executors"` provides
   * @param fn a function that the executor can run elsewhere, as `workerModule(…)` makes them; not a closure
   */
  runInExecutor<A extends unknown[], R>(
    executor: Executor | null,
    fn: ExecutorFunction<A, R>,
    ...args: A
  ): Future<Awaited<R>> {
    if (this.isClosed()) this._refuse("runInExecutor");
    return wrapFuture((executor ?? this._defaultExecutor()).submit(fn, ...args), { loop: this });
  }

  /** Sets the pool of `runInExecutor(null, …)`. */
  setDefaultExecutor(executor: Executor): void {
    if (typeof executor?.submit !== "function") {
      throw new TypeError(`Expected \`executor\` to be an Executor, got ${String(executor)}`);
    }
    this._executor = executor;
  }

  /**
   * Closes the async iterators that a `forEach` has left open, since its loop was stopped half-way: all at once, and waits
   * for them, save for those that wait for an item themselves and may do so for ever. Their errors go to the
   * exception handler. Source: asyncio `shutdown_asyncgens`.
   */
  *shutdownAsyncgens(): Coroutine<void> {
    let open = this._openIterators.size;
    if (open === 0) return;
    const allClosed = this.createFuture<void>();
    const closed = () => {
      if (--open === 0) release(allClosed);
    };
    for (const iterator of [...this._openIterators]) iterator._shutDown(closed);
    yield* allClosed;
  }

  /** Waits until the default executor's jobs are done and its threads have ended. Source: asyncio. */
  *shutdownDefaultExecutor(): Coroutine<void> {
    this._executorShutDown = true;
    const executor = this._executor;
    this._executor = null;
    if (executor !== null) yield* shutDown(this, executor);
  }

  /**
   * Calls `callback(...args)` through the loop at each signal, as "SIGTERM" or "SIGHUP"; one callback a signal. It runs in a
   * copy of the context of this call. With one for "SIGINT" the loop's `run` leaves Ctrl-C to it. Source: asyncio `add_signal_handler`.
   * @throws TypeError for a coroutine function; RangeError for a signal that can't be handled; RuntimeError where the host
   *   has no signals
   */
  addSignalHandler<A extends unknown[]>(signal: string, callback: (...args: A) => unknown, ...args: A): void {
    if (this.isClosed()) this._refuse("addSignalHandler");
    if (typeof callback !== "function") throw new TypeError(`Expected a callback function, got ${String(callback)}`);
    if (isCoroutineFunction(callback)) {
      throw new TypeError(
        `addSignalHandler() takes a plain function, got the coroutine function ${callback.name}: call createTask() in one`,
      );
    }
    this.removeSignalHandler(signal);
    const values = currentValues();
    const outer = scopeToKeep();
    let forget: (() => void) | undefined;
    try {
      forget = this._host.onSignal(signal, () => this._callSoonIn(values, callback, args, outer));
    } catch (cause) {
      throw new RangeError(`${signal} is no signal that can be handled`, { cause });
    }
    if (forget === undefined) throw new RuntimeError("addSignalHandler() on a host that has no signals");
    this._signals.set(signal, forget);
  }

  /** @internal Whether it has a handler for that signal, which then is not what it is elsewhere. */
  _handlesSignal(signal: string): boolean {
    return this._signals.has(signal);
  }

  /** Takes that back; returns whether there was a handler. Source: asyncio `remove_signal_handler`. */
  removeSignalHandler(signal: string): boolean {
    this._signals.get(signal)?.();
    return this._signals.delete(signal);
  }

  /**
   * Closes a loop that does not run: what is queued is dropped, errors that nobody has asked for and coroutines
   * that were never awaited are reported. Idempotent.
   * @throws RuntimeError while it runs
   */
  close(): void {
    if (this._running) throw new RuntimeError("close() on an event loop that is running; stop() it first");
    if (this.isClosed()) return;
    this._refuseAll();
    const pending = this._pendingTasks();
    // Also those that were only queued, which nothing holds from here on but who asks for them.
    for (const task of pending) task._list();
    for (const task of pending) {
      this.callExceptionHandler({ message: `Task was destroyed but it is pending: ${task._title()}`, task });
      // It was to take note of the error of what it waited for, and never will.
      const awaited = task._awaiting;
      if (awaited?._state === FAILED) {
        const message = `exception was never retrieved: ${awaited._title()}`;
        this.callExceptionHandler({ message, exception: awaited._outcome });
      }
    }
    reportUnawaited(this);
    this._closeScheduler();
    for (const signal of [...this._signals.keys()]) this.removeSignalHandler(signal);
    const executor = this._executor;
    this._executor = null;
    this._executorShutDown = true;
    if (executor !== null) void executor.shutdown({ wait: false });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }

  override toString(): string {
    return `<${this.constructor.name} running=${this._running} closed=${this.isClosed()}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** @internal What every kind of loop does first when it is made to run. */
  protected _begin(): void {
    this._mustNotRun("runForever");
    this._running = true;
  }

  /** @internal To be called before anything is started that the loop would then refuse to run. */
  _mustNotRun(asked: string): void {
    if (this.isClosed()) this._refuse(asked);
    if (this._running) throw new RuntimeError(`${this} is running already; make another one with newEventLoop()`);
  }

  /** @internal … and last. */
  protected _end(): void {
    this._running = false;
    this._stopping = false;
  }

  /** @internal The task or future of `main`, and the means to take the stop at its end back. */
  protected _stopWhenDone<T>(main: Awaitable<T>): { future: Future<T>; release: () => void } {
    this._mustNotRun("runUntilComplete");
    const isOurs = main instanceof Future;
    const future = ensureFuture(main, { loop: this });
    const stop = () => this.stop();
    future.addDoneCallback(stop);
    const release = () => {
      future.removeDoneCallback(stop);
      // A failed run's error reaches the caller as the run's own; a task it made itself has no other reader.
      if (!isOurs && future.done()) future._silence();
    };
    return { future, release };
  }

  /** @internal */
  protected _deadlock(main: Future<unknown> | null): DeadlockError {
    // The last that ran is not running any more, and is to be asked for its stack as all the others.
    current.running = NOBODY;
    return deadlockError(main, this._pendingTasks());
  }

  /** @internal The pending tasks, oldest first. Not cheap: a task costs less if it is not kept track of until it suspends. */
  _pendingTasks(): Task<unknown>[] {
    const found = new Set(this._suspended);
    for (const runnable of this._ready) if (runnable instanceof Task) found.add(runnable);
    const running = current.running._task;
    if (running !== null && running._loop === this) found.add(running);
    return [...found].filter((task) => !task.done() && !task._isHidden()).sort((a, b) => a._order - b._order);
  }

  /** @internal Runs iterations, as many as the kind of loop wants at a time. */
  protected abstract _iterate(): void;

  /** @internal Runs that one, or else calls `_iterate`, as the running loop. */
  protected _asCurrent(only?: Runnable): void {
    const { loop, running } = current;
    // It is no longer found as the one that runs.
    if (running !== NOBODY) running._task?._list();
    setLatestAside();
    current.loop = this;
    const steps = enterSteps();
    try {
      if (only === undefined) this._iterate();
      else only._run();
    } finally {
      leaveSteps(steps);
      setLatestAside();
      current.loop = loop;
      current.running = running;
    }
  }

  private _defaultExecutor(): Executor {
    if (this._executorShutDown)
      throw new RuntimeError("runInExecutor(null, …) after the default executor was shut down");
    if (this._executor === null) {
      const { factory } = defaultExecutor;
      if (factory === null) {
        throw new RuntimeError(
          'runInExecutor(null, …) has no default executor: write `import "@yieldfrom/executors"`, or set one with loop.setDefaultExecutor(…)',
        );
      }
      this._executor = factory();
    }
    return this._executor;
  }
}

function* shutDown(loop: EventLoop, executor: Executor): Coroutine<void> {
  const stopped = loop.createFuture<void>();
  executor.shutdown({ wait: true }).then(
    () => stopped.cancelled() || stopped.setResult(undefined),
    (error) => stopped.cancelled() || stopped.setException(error),
  );
  yield* stopped;
}
