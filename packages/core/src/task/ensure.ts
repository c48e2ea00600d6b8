import { RuntimeError } from "../errors.ts";
import { brief, type Future, isFuture } from "../future.ts";
import type { Context } from "../loop/context.ts";
import { defaultLoop } from "../loop/current.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import type { Awaitable, Coroutine } from "../types.ts";
import { asGenerator, isAwaitable } from "./coroutine.ts";

/**
 * A Future for any awaitable: a Future as it is, a coroutine as a new task, anything else as a task that awaits it.
 * Source: asyncio `ensure_future`, called `async` before Python 3.7.
 * @param options.context for the task, if one is made
 * @throws TypeError if `awaitable` is none
 */
export function ensureFuture<T>(
  awaitable: Awaitable<T>,
  options?: { readonly loop?: EventLoop | undefined; readonly context?: Context | undefined },
): Future<T> {
  if (isFuture(awaitable)) {
    if (options?.loop !== undefined && awaitable.getLoop() !== options.loop) {
      throw new RuntimeError(`${awaitable} belongs to another event loop than the one given`);
    }
    return awaitable as Future<T>;
  }
  const loop = options?.loop ?? defaultLoop("ensureFuture()");
  const taskOptions = options?.context === undefined ? undefined : { context: options.context };
  const gen = asGenerator(awaitable);
  if (gen !== undefined) return loop.createTask(gen as Coroutine<T>, taskOptions);
  if (!isAwaitable(awaitable)) {
    const isPromise = typeof awaitable === "object" && awaitable !== null && "then" in awaitable;
    throw new TypeError(
      `Expected a coroutine, a Future or another awaitable, got ${brief(awaitable)}${isPromise ? ": wrap it, as in from(promise)" : ""}`,
    );
  }
  return loop.createTask(awaitIt(awaitable as Awaitable<T>), taskOptions);
}

function* awaitIt<T>(awaitable: Awaitable<T>): Coroutine<T> {
  return yield* awaitable;
}
