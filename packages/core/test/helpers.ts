import assert from "node:assert/strict";
import {
  type Awaitable,
  type Coroutine,
  type ExceptionContext,
  HostEventLoop,
  run,
  sleep,
  VirtualEventLoop,
} from "yieldfrom";

/**
 * Runs `main` on a virtual loop to its end, closes the loop, and gives main's result. Whatever reached the loop's
 * exception handler fails the test: errors nobody read, tasks left pending, coroutines never awaited.
 */
export function virtual<T>(main: () => Awaitable<T>): T {
  let outcome: T | undefined;
  const reports = reportsOf(function* () {
    outcome = yield* main();
  });
  const unexpected = reports.map(({ message, exception }) =>
    exception === undefined ? message : `${message}: ${exception}`,
  );
  assert.deepEqual(unexpected, [], "nothing was to reach the exception handler");
  return outcome as T;
}

/** As `virtual`, for tests that expect reports: gives what the exception handler was told until the loop is closed. */
export function reportsOf(main: () => Awaitable<unknown>): ExceptionContext[] {
  const loop = new VirtualEventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  try {
    loop.runUntilComplete(inside(main));
  } finally {
    loop.close();
  }
  return reports;
}

/** `main` may be any function, so it is called when the loop runs. */
function* inside<T>(main: () => Awaitable<T>): Coroutine<T> {
  return yield* main();
}

/** Waits for something that must fail, and gives its error. */
export function* failureOf(awaitable: Awaitable<unknown>): Coroutine<unknown> {
  let value: unknown;
  try {
    value = yield* awaitable;
  } catch (error) {
    return error;
  }
  assert.fail(`expected a failure, got ${value}`);
}

/** Gives `value` after `ms` milliseconds. */
export function* after<T>(ms: number, value: T): Coroutine<T> {
  yield* sleep(ms);
  return value;
}

/** Fails with `message` after `ms` milliseconds. */
export function* failAfter(ms: number, message: string): Coroutine<never> {
  yield* sleep(ms);
  throw new Error(message);
}

/** A run on the host after which nothing may have been reported. */
export async function quietly(main: () => Coroutine<void>): Promise<void> {
  const reports: ExceptionContext[] = [];
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, context) => reports.push(context));
  await run(main, { loop });
  assert.deepEqual(reports, []);
}

/** A turn of the host, after what it was asked for before. */
export function turn(): Promise<void> {
  const { setImmediate = setTimeout } = globalThis as { setImmediate?: (fn: () => void) => unknown };
  return new Promise((resolve) => void setImmediate(resolve));
}
