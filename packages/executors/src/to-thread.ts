import { type Coroutine, coroutine, type ExecutorFunction, getRunningLoop } from "yieldfrom";

/**
 * A coroutine that runs `fn(...args)` in a thread of the loop's default executor and returns its result. Nothing happens
 * until it is awaited: then the arguments are copied, with the context variables that cross (`shareContextVar`).
 *
 * ```ts
 * const size = yield* toThread(files.size, "cn.png");
 * console.log(size); // → 6
 * ```
 *
 * Throws what `submit` throws, and what the job throws. Source: asyncio `to_thread`.
 */
export function toThread<A extends unknown[], R>(fn: ExecutorFunction<A, R>, ...args: A): Coroutine<Awaited<R>> {
  return run(fn as ExecutorFunction<unknown[], unknown>, args) as Coroutine<Awaited<R>>;
}

const run = coroutine(function* toThread(fn: ExecutorFunction<unknown[], unknown>, args: unknown[]) {
  return yield* getRunningLoop().runInExecutor(null, fn, ...args);
});
