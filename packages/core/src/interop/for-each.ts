import { getRunningLoop } from "../loop/current.ts";
import { brief } from "../print.ts";
import { coroutine, isAwaitable } from "../task/coroutine.ts";
import { isOneAwaitable } from "../task/ensure.ts";
import type { Awaitable, Coroutine } from "../types.ts";
import { isThenable, reportUnlessAbort } from "./abort.ts";
import { type StreamLike, stepsOfIterator, stepsOfStream, Walk } from "./walk.ts";

/** What the body of a `forEach` returns to end it, as `break` ends a loop. */
export const BREAK: unique symbol = Symbol("yieldfrom.BREAK");

/** What `forEach` goes through. */
export type Source<T> = AsyncIterable<T> | Iterable<T> | StreamLike<T>;

/** Refuses what the body would have to be waited for but is not awaitable: Promises, and coroutines without a star. */
type Waited<R> =
  R extends Awaitable<unknown> ? unknown : R extends PromiseLike<unknown> | Iterator<unknown> ? never : unknown;

/**
 * Calls `body` with each item of an AsyncIterable, a Web ReadableStream or an Iterable, one after the other, and waits for
 * what it returns, if that is an awaitable. What `for await` is in an async function. Source: Python's `async for`.
 *
 * ```ts
 * yield* forEach(response.body, (chunk) => void chunks.push(chunk));
 * yield* forEach(lines, function* (line, index) {
 *   yield* queue.put(line);
 *   return line === "end" ? BREAK : undefined;
 * });
 * ```
 * The source is closed (its `return()` is called and waited for) when the body returns `BREAK`, throws or is cancelled. Then
 * the body's error is thrown; one of `return()` goes to the loop's exception handler, after `BREAK` it is thrown.
 * When the task is cancelled while it waits for an item, an async generator can only be closed when that item has come,
 * if ever: so `return()` is called, and not waited for. A stream is cancelled and waited for, whatever it does.
 * @param body given the item and its index
 * @throws what the source or the body throws; TypeError if `source` is nothing to go through
 */
export function forEach<T, R>(source: Source<T>, body: (item: T, index: number) => R & Waited<R>): Coroutine<void> {
  return eachOf(source, body as Body<unknown>);
}

type Body<T> = (item: T, index: number) => unknown;

const eachOf = /* @__PURE__ */ coroutine(function* forEach(
  source: Source<unknown>,
  body: Body<unknown>,
): Coroutine<void> {
  if (typeof body !== "function") {
    throw new TypeError(`Expected \`body\` of forEach() to be a function (item, index) => …, got ${brief(body)}`);
  }
  const given = source as Partial<AsyncIterable<unknown> & Iterable<unknown> & StreamLike<unknown>> | null | undefined;
  if (!isOneAwaitable(given)) {
    if (typeof given?.getReader === "function") {
      return yield* through(new Walk(stepsOfStream(given as StreamLike<unknown>)), body);
    }
    const iterator = given?.[Symbol.asyncIterator]?.();
    if (iterator !== undefined) return yield* through(new Walk(stepsOfIterator(iterator)), body);
    const plain = given?.[Symbol.iterator]?.();
    if (plain !== undefined) return yield* throughPlain(plain, body);
  }
  throw new TypeError(
    `Expected \`source\` of forEach() to be an AsyncIterable, a ReadableStream or an Iterable, got ${brief(given)}`,
  );
});

function* through(walk: Walk<unknown>, body: Body<unknown>): Coroutine<void> {
  for (let index = 0; ; index++) {
    const item = yield* walk.next();
    if (item.done) return;
    try {
      const answer = answerOf(body, item.value, index);
      if ((isAwaitable(answer) ? yield* answer : answer) !== BREAK) continue;
    } catch (error) {
      yield* walk.closeAfter(error);
    }
    return yield* walk.close();
  }
}

/** Not by `for … of`, which drops an error of `return()`. */
function* throughPlain(iterator: Iterator<unknown>, body: Body<unknown>): Coroutine<void> {
  for (let index = 0; ; index++) {
    const item = iterator.next();
    if (item.done) return;
    try {
      const answer = answerOf(body, item.value, index);
      if ((isAwaitable(answer) ? yield* answer : answer) !== BREAK) continue;
    } catch (error) {
      try {
        iterator.return?.();
      } catch (exception) {
        reportUnlessAbort(getRunningLoop(), "exception while forEach() closed its source", exception);
      }
      throw error;
    }
    iterator.return?.();
    return;
  }
}

function answerOf(body: Body<unknown>, item: unknown, index: number): unknown {
  const answer = body(item, index);
  if (isThenable(answer) && !isAwaitable(answer)) {
    throw new TypeError("the body of forEach() returned a Promise: return an awaitable, as in from(promise)");
  }
  return answer;
}
