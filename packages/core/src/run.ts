import { type DeadlockError, KeyboardInterrupt, RuntimeError } from "./errors.ts";
import { type Future, release } from "./future.ts";
import { defaultHost } from "./host.ts";
import { copyContext } from "./loop/context.ts";
import type { EventLoop } from "./loops/event-loop.ts";
import { HostEventLoop } from "./loops/host-loop.ts";
import { cancelFor, Reason } from "./reason.ts";
import { Joining } from "./task/awaiters.ts";
import { isCoroutineFunction } from "./task/coroutine.ts";
import { ensureFuture, mustBeAwaitable } from "./task/ensure.ts";
import { Task } from "./task/task.ts";
import type { Awaitable, Coroutine } from "./types.ts";

/** Options of `run` and `Runner`. */
export interface RunnerOptions {
  /** The loop to run on, closed at the end; a new `HostEventLoop` by default. */
  readonly loop?: EventLoop | undefined;
  /** Whether the loop is in debug mode; see `EventLoop.debug`. As the loop is, by default. */
  readonly debug?: boolean | undefined;
  /**
   * Whether Ctrl-C cancels main, so that it can clean up; true by default. It has no effect where the program has a
   * SIGINT handler of its own, or the loop one by `addSignalHandler`. The second Ctrl-C ends the process.
   */
  readonly handleSigint?: boolean | undefined;
}

/** Options of one run. */
export interface RunOptions {
  /** Aborting it cancels main; the run then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program: makes a loop, runs `main` as its first task, and when that is done cancels what is left, waits for
 * it, shuts the default executor down and closes the loop. Source: asyncio `run`.
 *
 * ```ts
 * await run(function* () { yield* sleep(1000); });
 * ```
 * Several runs may be under way at once, each with its loop.
 * @param main a coroutine or other awaitable, or a function that returns one
 * @throws (rejects with) main's error; DeadlockError when nothing can ever run again; KeyboardInterrupt after Ctrl-C; the
 *   signal's reason after an abort
 */
export async function run<T>(
  main: Awaitable<T> | (() => Awaitable<T>),
  options: RunnerOptions & RunOptions = {},
): Promise<T> {
  const runner = new Runner(options);
  try {
    return await runner.run(main, options);
  } finally {
    await runner.close();
  }
}

/** Several runs on one loop. Source: asyncio `Runner`. */
export class Runner {
  private _loop: EventLoop | null;
  private readonly _debug: boolean | undefined;
  private readonly _handleSigint: boolean;
  /** All runs share it, so what one sets the next one sees. */
  private readonly _context = copyContext();
  private _closed = false;

  constructor(options: RunnerOptions = {}) {
    this._loop = options.loop ?? null;
    this._debug = options.debug;
    this._handleSigint = options.handleSigint ?? true;
  }

  /** The loop; made at the first use. @throws RuntimeError if the runner is closed */
  getLoop(): EventLoop {
    if (this._closed) throw new RuntimeError("this Runner is closed; make a new one");
    this._loop ??= new HostEventLoop();
    if (this._debug !== undefined) this._loop.debug = this._debug;
    return this._loop;
  }

  /** Runs `main` to its end; see `run`. */
  async run<T>(main: Awaitable<T> | (() => Awaitable<T>), options: RunOptions = {}): Promise<T> {
    const loop = this.getLoop();
    loop._mustNotRun("run");
    const { signal } = options;
    const future = this._context.run(() => ensureFuture(awaitableOf(main), { loop, context: this._context }));
    const cancel = () => void cancelFor(new Reason("the AbortSignal given to run()"), future);
    let interrupts = 0;
    const stopListening = this._handleSigint
      ? defaultHost.onInterrupt(() => {
          // As in asyncio, where that takes the place of this one.
          if (loop._handlesSignal("SIGINT")) return;
          interrupts++;
          cancelFor(new Reason("Ctrl-C"), future);
          if (interrupts > 1) {
            stopListening?.();
            defaultHost.interrupt();
          }
        })
      : undefined;
    if (signal?.aborted) cancel();
    signal?.addEventListener("abort", cancel);
    try {
      return await loop.runUntilComplete(future);
    } catch (error) {
      if (!future.cancelled() || !isOnlyRequest(future)) throw error;
      if (interrupts > 0) throw new KeyboardInterrupt("interrupted by Ctrl-C");
      if (signal?.aborted) throw signal.reason;
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      stopListening?.();
    }
  }

  /**
   * Cancels what is left, waits for it, closes async iterators left open, shuts the default executor down and closes the
   * loop. Idempotent.
   */
  async close(): Promise<void> {
    if (this._closed) return;
    this._closed = true;
    const loop = this._loop;
    this._loop = null;
    if (loop === null || loop.isClosed()) return;
    try {
      await cancelAllTasks(loop);
      if (loop._openIterators.size > 0) await loop.runUntilComplete(loop.shutdownAsyncgens());
      const shutdown = loop.createTask(loop.shutdownDefaultExecutor());
      await loop.runUntilComplete(shutdown);
      _kept = shutdown;
    } catch (exception) {
      // Most likely a task that refused to be cancelled and waits for ever. The program's own outcome matters more.
      const message = "a run could not be cleaned up";
      loop.callExceptionHandler({ message, exception: exception as DeadlockError });
    } finally {
      loop.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * The last task of the last run, and by it its empty loop. V8 forgets the shapes of classes that have no instance at a
 * collection, and throws away all code optimised for them: a program of many short runs then ran at half its speed.
 */
let _kept: Task<void> | null = null;

function awaitableOf<T>(main: Awaitable<T> | (() => Awaitable<T>)): Awaitable<T> {
  if (typeof main !== "function") return mustBeAwaitable(main, " for run()");
  return isCoroutineFunction(main) ? main() : callMain(main);
}

/** A function of another kind does something when called, for which it needs a running loop. */
function* callMain<T>(main: () => Awaitable<T>): Coroutine<T> {
  return yield* mustBeAwaitable(main(), " from the function given to run()");
}

/** Whether nobody but the run asked main to stop. */
function isOnlyRequest(future: Future<unknown>): boolean {
  return !(future instanceof Task) || future.uncancel() === 0;
}

async function cancelAllTasks(loop: EventLoop): Promise<void> {
  const tasks = loop._pendingTasks();
  if (tasks.length === 0) return;
  for (const task of tasks) cancelFor(new Reason("the end of run()"), task);
  // Not by `gather`, which programs that have no other use for it would then have to load.
  const all = new Joining<void>(loop, tasks);
  let left = tasks.length;
  for (const task of tasks) task.addDoneCallback(() => void (--left === 0 && release(all)));
  await loop.runUntilComplete(all);
  for (const task of tasks) {
    if (task.cancelled()) continue;
    const exception = task.exception();
    if (exception === null) continue;
    loop.callExceptionHandler({ message: "unhandled exception while a run was cleaned up", exception, task });
  }
}
