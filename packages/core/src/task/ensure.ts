import { RuntimeError } from "../errors.ts";
import { type Future, isFuture } from "../future.ts";
import type { Context } from "../loop/context.ts";
import { defaultLoop } from "../loop/current.ts";
import type { EventLoop } from "../loops/event-loop.ts";
import { brief } from "../print.ts";
import type { Awaitable, Coroutine } from "../types.ts";
import { isAwaitable, isCoroutine } from "./coroutine.ts";
import { isOperation } from "./operation.ts";

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
  return futureFor("ensureFuture()", awaitable, options?.loop, options?.context);
}

/** `ensureFuture` on behalf of `caller`, who is named where there is no loop. */
export function futureFor<T>(caller: string, awaitable: Awaitable<T>, given?: EventLoop, context?: Context): Future<T> {
  if (isFuture(awaitable)) {
    if (given !== undefined && awaitable.getLoop() !== given) {
      throw new RuntimeError(`${awaitable} belongs to another event loop than the one given`);
    }
    return awaitable as Future<T>;
  }
  const loop = given ?? defaultLoop(caller);
  const taskOptions = context === undefined ? undefined : { context };
  if (isCoroutine(awaitable)) return loop.createTask(awaitable as Coroutine<T>, taskOptions);
  return loop.createTask(awaitIt(mustBeAwaitable(awaitable, "")), taskOptions);
}

/** `value`, if `yield*` can wait for it. @throws TypeError that says what was expected `where`, and what to write */
export function mustBeAwaitable<T>(value: Awaitable<T>, where: string): Awaitable<T> {
  if (isAwaitable(value)) return value as Awaitable<T>;
  const given: unknown = value;
  let advice = "";
  if (typeof given === "function") advice = `: call it, as in ${given.name || "main"}()`;
  else if (typeof given === "object" && given !== null && "then" in given) advice = ": wrap it, as in from(promise)";
  throw new TypeError(`Expected a coroutine, a Future or another awaitable${where}, got ${brief(given)}${advice}`);
}

/** @throws TypeError if `values` is no list: a single awaitable is iterable too, but means something else */
export function mustBeList(values: unknown, example: string): void {
  const isOne = isFuture(values) || isCoroutine(values);
  const isIterable = typeof (values as Iterable<unknown> | undefined | null)?.[Symbol.iterator] === "function";
  if (isOne || !isIterable) throw new TypeError(`Expected a list, as in ${example}, got ${brief(values)}`);
}

/** Whether `value`, though iterable, is a thing to wait for and no list; a plain generator may be either. */
export function isOneAwaitable(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isFuture(value) || isOperation(value) || "_info" in value;
}

/** What `body(scope)` returns, for `yield*`. @throws TypeError if it is no function, or returns no awaitable */
export function awaitableFrom<S, T>(name: string, body: (scope: S) => Awaitable<T>, scope: S): Awaitable<T> {
  mustBeBody(name, body);
  return mustBeAwaitable(body(scope), ` from the body of ${name}()`);
}

/** @throws TypeError if `body` is no function */
export function mustBeBody(name: string, body: unknown): void {
  if (typeof body !== "function") {
    const advice = isAwaitable(body) ? ": write an arrow before it, as in `() => main()`" : "";
    throw new TypeError(
      `Expected \`body\` of ${name}() to be a function that returns an awaitable, got ${brief(body)}${advice}`,
    );
  }
}

function* awaitIt<T>(awaitable: Awaitable<T>): Coroutine<T> {
  return yield* awaitable;
}
