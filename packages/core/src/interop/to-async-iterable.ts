import { QueueShutDown } from "../errors.ts";
import { type Context, copyContext } from "../loop/context.ts";
import { defaultLoop } from "../loop/current.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { brief } from "../print.ts";
import { cancelFor, Reason } from "../reason.ts";
import { Queue } from "../sync/queue.ts";
import { isOneAwaitable, mustBeAwaitable } from "../task/ensure.ts";
import type { Task } from "../task/task.ts";
import type { Awaitable, Coroutine } from "../types.ts";

/**
 * The other way round from `forEach`: an Iterable of awaitables, or a Queue until it is shut down and empty, for the
 * `for await` of an async function. Each is awaited in a task of the loop when it is asked for.
 *
 * ```ts
 * const print = async (pages: AsyncIterable<string>) => {
 *   for await (const page of pages) console.log(page);
 *   // → the page of https://pages.example/a
 *   // → the page of https://pages.example/b
 * };
 * yield* from(print(toAsyncIterable(asCompleted(mirrors.map(fetchPage)))));
 * ```
 * It may be used outside of the loop's own callbacks, while the loop runs. `return()`, as of a `break`, cancels what is
 * under way and waits for its end. An error is thrown and ends it, as it does an async generator.
 * `taskDone()` of a queue is left to the caller.
 * @param options.loop the running loop by default, else the one set
 * @throws TypeError if `source` is neither
 */
export function toAsyncIterable<T>(source: Queue<T>, options?: LoopOption): AsyncIterableIterator<T>;
export function toAsyncIterable<A extends Awaitable<unknown>>(
  source: Iterable<A>,
  options?: LoopOption,
): AsyncIterableIterator<A extends Awaitable<infer T> ? T : never>;
export function toAsyncIterable(
  source: Queue<unknown> | Iterable<Awaitable<unknown>>,
  options?: LoopOption,
): AsyncIterableIterator<unknown> {
  const loop = options?.loop ?? defaultLoop("toAsyncIterable()");
  if (source instanceof Queue) return new Outlet(loop, () => nextOfQueue(source), undefined);
  const iterator = isOneAwaitable(source)
    ? undefined
    : (source as Partial<typeof source> | null)?.[Symbol.iterator]?.();
  if (iterator === undefined) {
    throw new TypeError(
      `Expected \`source\` of toAsyncIterable() to be an Iterable of awaitables or a Queue, got ${brief(source)}`,
    );
  }
  return new Outlet(
    loop,
    () => nextOf(iterator),
    () => void iterator.return?.(),
  );
}

interface LoopOption {
  readonly loop?: EventLoop | undefined;
}

type Result = IteratorResult<unknown, undefined>;
const END: Result = { done: true, value: undefined };

function* nextOfQueue(queue: Queue<unknown>): Coroutine<Result> {
  try {
    return { done: false, value: yield* queue.get() };
  } catch (error) {
    if (error instanceof QueueShutDown) return END;
    throw error;
  }
}

/** The iterator is asked within the task too: it may start tasks itself. */
function* nextOf(iterator: Iterator<Awaitable<unknown>>): Coroutine<Result> {
  const { done, value } = iterator.next();
  if (done) return END;
  return {
    done: false,
    value: yield* mustBeAwaitable(value as Awaitable<unknown>, " in the list of toAsyncIterable()"),
  };
}

class Outlet implements AsyncIterableIterator<unknown> {
  private readonly _loop: EventLoop;
  private readonly _context: Context = copyContext();
  private readonly _step: () => Coroutine<Result>;
  private readonly _close: (() => void) | undefined;
  private _task: Task<Result> | null = null;
  private _ended = false;
  /** Settles, never rejecting, when what was asked for before has. */
  private _before: Promise<unknown> = Promise.resolve();

  constructor(loop: EventLoop, step: () => Coroutine<Result>, close: (() => void) | undefined) {
    this._loop = loop;
    this._step = step;
    this._close = close;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Several may be asked for at once: they are answered one after the other. */
  next(): Promise<Result> {
    const answer = this._before.then(() => this._advance());
    const settled = () => {};
    this._before = answer.then(settled, settled);
    // Another promise than the one looked at above: if nobody takes its error, the host says so.
    return answer.then((result) => result);
  }

  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    const wasOpen = !this._ended;
    this._ended = true;
    if (this._task !== null) cancelFor(new Reason("return() of the async iterator"), this._task);
    await this._before;
    if (wasOpen) this._close?.();
    return { done: true, value: await value };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.return().then(() => {});
  }

  private async _advance(): Promise<Result> {
    if (this._ended) return END;
    this._task = this._loop.createTask(this._step(), { context: this._context });
    try {
      const result = await this._task;
      if (result.done) this._ended = true;
      return result;
    } catch (error) {
      if (this._ended && this._task.cancelled()) return END;
      if (!this._ended) this._closeAfterError();
      this._ended = true;
      throw error;
    } finally {
      this._task = null;
    }
  }

  private _closeAfterError(): void {
    try {
      this._close?.();
    } catch (exception) {
      this._loop.callExceptionHandler({ message: "exception while toAsyncIterable() closed its source", exception });
    }
  }
}
