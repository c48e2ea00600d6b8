import { milliseconds } from "../checks.ts";
import { errorText } from "../error-text.ts";
import { RuntimeError } from "../errors.ts";
import type { Future } from "../future.ts";
import { debugByDefault, type Host } from "../host.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { brief } from "../print.ts";
import { isCoroutineFunction } from "../task/coroutine.ts";
import { originOf } from "../task/origins.ts";
import { noteStep } from "../task/swallowed.ts";
import { Task } from "../task/task.ts";
import { Bag } from "../util/bag.ts";
import { Ring } from "../util/ring.ts";
import { TimerHeap } from "../util/timer-heap.ts";
import { WeakCallbacks } from "../util/weak-callbacks.ts";
import type { AsyncScope } from "./async-context.ts";
import type { Context, Values } from "./context.ts";
import { current, currentValues } from "./current.ts";
import { Handle, type Runnable, type Timer, TimerHandle } from "./handle.ts";
import type { ExceptionContext, LostError } from "./report.ts";

/** Receives errors that nobody else can. Source: asyncio `set_exception_handler`. */
export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => void;

/**
 * The order of everything: a first-in-first-out queue of what is ready and a heap of timers.
 *
 * One iteration:
 *
 *      timers  [3] [5] [9]                1. timers that are due move to the back of the queue,
 *                |                           earliest first, equal ones as they were made;
 *                v  due                    2. exactly as many runnables as the queue then holds
 *      ready  a b c d  ->  run a b c d       are run;
 *                                          3. what these add waits for the next iteration.
 *
 * Rules, which tests and other files cite:
 * R1. `callSoon`, first steps, done callbacks and wake-ups share the one queue: order of scheduling is order of
 *     running.
 * R2. Nothing runs in the iteration in which it was scheduled, timers that fell due excepted.
 * R3. A due timer runs after everything that was already ready.
 * R4. A cancelled handle keeps its place and is skipped there.
 * R5. An error out of a callback goes to the exception handler, and the iteration goes on.
 *
 * Two kinds of loop stand on this and differ only in who calls for the next iteration and what time is:
 * `HostEventLoop` and `VirtualEventLoop`.
 */
export abstract class Scheduler {
  /** @internal */ readonly _ready = new Ring<Runnable>();
  /** @internal */ readonly _timers = new TimerHeap<Timer>();
  /** @internal Errors held by futures of this loop that nobody has asked for. */ readonly _lostErrors =
    new Set<LostError>();
  /** @internal Called when the loop is closed: what Promises wait for. */ readonly _atClose = new WeakCallbacks();
  /** @internal Pending tasks that have suspended; see T3 in task.ts. */ readonly _suspended = new Bag<Task<unknown>>();
  /** @internal Runnables of the iteration under way that have not run yet. */ protected _left = 0;
  /** @internal The time by which timers are due; it stands still between two looks at the clock. */ protected _clock =
    0;
  /** @internal Set by `stop()`, looked at between iterations. */ protected _stopping = false;
  /** @internal False only while the loop runs and sleeps, so that an addition to the queue must wake it. */
  protected _awake = true;
  /** @internal */ _debug = debugByDefault;
  /** Milliseconds after which debug mode reports a callback or a task's step as slow. Source: asyncio (there seconds). */
  slowCallbackDuration = 100;
  protected readonly _host: Host;
  /** @internal */ _closed = false;
  private _exceptionHandler: ExceptionHandler | null = null;

  constructor(host: Host) {
    this._host = host;
  }

  /** Monotonic loop time in milliseconds. Source: asyncio `loop.time` (there in seconds). */
  abstract time(): number;

  /** @internal The loop sleeps and something became ready. */
  protected abstract _wake(): void;

  /** Calls `callback(...args)` in the next iteration. Source: asyncio `call_soon`. */
  callSoon<A extends unknown[]>(callback: (...args: A) => unknown, ...args: A): Handle {
    return this._callSoonIn(currentValues(), callback, args);
  }

  /** @internal `callSoon` in the context that was current when the callback was handed in. */
  _callSoonIn(
    values: Values,
    callback: (...args: never[]) => unknown,
    args: readonly unknown[],
    outer?: AsyncScope | null,
  ): Handle {
    if (this._closed) this._refuse("callSoon");
    if (this._debug) mustNotBeCoroutine("callSoon", callback);
    const handle = new Handle(callback, args, this as unknown as EventLoop, values, outer);
    this._enqueue(handle);
    return handle;
  }

  /**
   * `callSoon` for code that runs outside of the loop, as a listener of an event or a message from a worker does.
   * In JavaScript both are the same; the name is kept for those who look for it.
   */
  callSoonThreadsafe<A extends unknown[]>(callback: (...args: A) => unknown, ...args: A): Handle {
    return this.callSoon(callback, ...args);
  }

  /** Calls `callback(...args)` once `delay` milliseconds have passed. Source: asyncio `call_later`. */
  callLater<A extends unknown[]>(delay: number, callback: (...args: A) => unknown, ...args: A): TimerHandle {
    return this.callAt(this.time() + milliseconds("delay", delay), callback, ...args);
  }

  /** Calls `callback(...args)` at loop time `when`, in milliseconds. Source: asyncio `call_at`. */
  callAt<A extends unknown[]>(when: number, callback: (...args: A) => unknown, ...args: A): TimerHandle {
    if (this._closed) this._refuse("callAt");
    if (this._debug) mustNotBeCoroutine("callAt", callback);
    const handle = new TimerHandle(milliseconds("when", when), callback, args, this as unknown as EventLoop);
    this._setTimer(handle);
    return handle;
  }

  /** @internal */
  _setTimer(timer: Timer): void {
    // Never due: such a timer must not look like something that is still to come.
    if (timer._when === Number.POSITIVE_INFINITY) return;
    timer._inHeap = true;
    this._timers.push(timer);
    if (!this._awake) this._wake();
  }

  /** Makes the loop stop at the end of the iteration under way, or of the next one. Source: asyncio `stop`. */
  stop(): void {
    this._stopping = true;
    if (!this._awake) this._wake();
  }

  /** Whether `close()` was called. */
  isClosed(): boolean {
    return this._closed;
  }

  /**
   * Debug mode: futures, tasks, handles and coroutines remember where they were made, for reports; slow callbacks are
   * printed; a swallowed cancellation is reported. Off unless `run(main, { debug: true })` or the environment variable
   * YIELDFROM_DEBUG asks for it. Source: asyncio's debug mode.
   */
  get debug(): boolean {
    return this._debug;
  }

  set debug(on: boolean) {
    this._debug = Boolean(on);
  }

  /** As `debug`. Source: asyncio `get_debug`. */
  getDebug(): boolean {
    return this._debug;
  }

  /** As setting `debug`. Source: asyncio `set_debug`. */
  setDebug(on: boolean): void {
    this.debug = on;
  }

  /** What `setExceptionHandler` set; `null` for the default. */
  getExceptionHandler(): ExceptionHandler | null {
    return this._exceptionHandler;
  }

  /** Sets who is told of errors that nobody else can be told of; `null` for `defaultExceptionHandler`. */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    if (handler !== null && typeof handler !== "function") {
      throw new TypeError(`Expected \`handler\` to be a function or null, got ${String(handler)}`);
    }
    this._exceptionHandler = handler;
  }

  /** Prints the context on stderr. Source: asyncio `default_exception_handler`. */
  defaultExceptionHandler(context: ExceptionContext): void {
    const lines = [`yieldfrom: ${context.message}`];
    for (const key of ["future", "task", "handle", "transport", "protocol"] as const) {
      if (context[key] !== undefined)
        lines.push(`  ${key}: ${key === "protocol" ? brief(context[key]) : context[key]}`);
    }
    if (context.sourceTraceback !== undefined) lines.push(`made, most recent call first:\n${context.sourceTraceback}`);
    if (context.handleTraceback !== undefined)
      lines.push(`scheduled, most recent call first:\n${context.handleTraceback}`);
    if ("exception" in context) this._host.print(lines.join("\n"), context.exception);
    else this._host.print(lines.join("\n"));
  }

  /**
   * Tells the exception handler of an error, in the context of the task or handle that it is about. One that fails itself
   * is reported through the default handler; one of that is printed. It never throws.
   * Source: asyncio `call_exception_handler`.
   */
  callExceptionHandler(given: ExceptionContext): void {
    const context = this._debug ? withOrigins(given) : given;
    const handler = this._exceptionHandler;
    if (handler === null) {
      this._handleByDefault(context);
      return;
    }
    const owner = context.task ?? context.future ?? context.handle;
    try {
      inContextOf(owner, () => handler(this as unknown as EventLoop, context));
    } catch (exception) {
      this._handleByDefault({ message: "Exception in the loop's exception handler", exception });
      this._handleByDefault(context);
    }
  }

  /** Printing may call code of whoever made the error, and nothing is left to be told of an error of that. */
  private _handleByDefault(context: ExceptionContext): void {
    try {
      this.defaultExceptionHandler(context);
    } catch (error) {
      this._host.print(
        `yieldfrom: ${context.message}\nException in the default exception handler: ${errorText(error)}`,
      );
    }
  }

  /** @internal */
  _enqueue(runnable: Runnable): void {
    this._ready.push(runnable);
    if (!this._awake) this._wake();
  }

  /**
   * @internal Gives a future its outcome, from a callback that the host calls on an empty stack, as it does a
   * Promise's reaction. A loop may go on from there in place.
   */
  _settleFromHost(future: Future<unknown>, ok: boolean, outcome: unknown): void {
    if (ok) future.setResult(outcome);
    else future.setException(outcome);
  }

  /**
   * @internal Queues what the host has brought, from a callback as that of `_settleFromHost`. A loop that sleeps may run it, and
   * go on from there, in place.
   */
  _runFromHost(runnable: Runnable): void {
    this._enqueue(runnable);
  }

  /** @internal Rule R3; `now` may be a little old. */
  protected _collectDue(now: number): void {
    for (let timer = this._timers.popDue(now); timer !== undefined; timer = this._timers.popDue(now)) {
      timer._inHeap = false;
      this._ready.push(timer);
    }
  }

  /**
   * @internal Runs `most` runnables at most, over as many iterations as that takes; ends early between two iterations
   * when nothing is ready, or there are timers due or a stop to obey. Returns how many it ran.
   * In a function of its own, or its optimised code is dropped at every turn.
   */
  protected _runSome(most: number): number {
    if (this._debug) return this._runWatched(most);
    const ready = this._ready;
    let left = this._left;
    let ran = 0;
    while (ran < most) {
      if (left === 0) {
        if (this._stopping || this._timers.earliest <= this._clock) break;
        left = ready.size;
        if (left === 0) break;
      }
      left--;
      ran++;
      const runnable = ready.take();
      // Most are, and the engine then knows what to call.
      if (!(runnable instanceof Task)) runnable._run();
      else
        while (runnable._step()) {
          // Alone in the next iteration it can as well go on at once.
          const alone = left === 0 && ready.size === 0 && ran < most;
          if (!alone || this._stopping || this._timers.earliest <= this._clock) {
            ready.push(runnable);
            break;
          }
          ran++;
        }
    }
    this._left = left;
    return ran;
  }

  /**
   * `_runSome` in debug mode: the same, and says which runnables are slow. In a loop of its own, as in the other one the
   * choice for each runnable cost every program 7 % of a step.
   */
  private _runWatched(most: number): number {
    let ran = 0;
    while (ran < most) {
      if (this._left === 0) {
        if (this._stopping || this._timers.earliest <= this._clock) break;
        this._left = this._ready.size;
        if (this._left === 0) break;
      }
      this._left--;
      ran++;
      const runnable = this._ready.take();
      // A handle forgets its callback by running.
      const handle = runnable instanceof Handle ? runnable.toString() : undefined;
      if (runnable._task) noteStep(runnable._task);
      const start = this._host.now();
      runnable._run();
      const took = this._host.now() - start;
      if (took < this.slowCallbackDuration) continue;
      this._host.print(
        `yieldfrom: ${handle ?? runnable} ran for ${Math.round(took)} ms without giving way to others (slowCallbackDuration: ${this.slowCallbackDuration} ms)`,
      );
    }
    return ran;
  }

  /** @internal The first thing of all, so that whoever is told of what is left adds nothing. */
  protected _refuseAll(): void {
    this._closed = true;
  }

  /** @internal */
  protected _closeScheduler(): void {
    this._ready.clear();
    this._timers.clear();
    this._left = 0;
    this._atClose.callAll();
    for (const lost of [...this._lostErrors]) lost.report();
  }

  /** @internal */
  _refuse(asked: string): never {
    throw new RuntimeError(
      `${asked}() on an event loop that is closed; make a new one with newEventLoop() or use run()`,
    );
  }
}

/** Calling it would make a coroutine that nobody awaits. */
function mustNotBeCoroutine(asked: string, callback: unknown): void {
  if (!isCoroutineFunction(callback)) return;
  const { name } = callback as { name: string };
  throw new TypeError(
    `${asked}() takes a plain function, and ${name || "this"}() is a coroutine function: write createTask(${name || "main"}())`,
  );
}

function withOrigins(context: ExceptionContext): ExceptionContext {
  const source = context.task ?? context.future;
  const sourceTraceback = context.sourceTraceback ?? (source === undefined ? undefined : originOf(source));
  const handleTraceback = context.handle === undefined ? undefined : originOf(context.handle);
  return {
    ...context,
    ...(sourceTraceback === undefined ? {} : { sourceTraceback }),
    ...(handleTraceback === undefined ? {} : { handleTraceback }),
  };
}

/** A context that has been entered can't be again, and need not. */
function inContextOf(owner: object | undefined, fn: () => void): void {
  const context = (owner as { getContext?(): Context } | undefined)?.getContext?.();
  if (context === undefined || context === current.running._scope) fn();
  else context.run(fn);
}
