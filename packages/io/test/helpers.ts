import assert from "node:assert/strict";
import { type Awaitable, type Coroutine, type ExceptionContext, VirtualEventLoop } from "yieldfrom";

/** Runs `main` in virtual time and gives its result; nothing may reach the exception handler. */
export function virtual<T>(main: () => Awaitable<T>): T {
  const { value, reports } = virtually(main);
  assert.deepEqual(
    reports.map(({ message, exception }) => (exception === undefined ? message : `${message}: ${exception}`)),
    [],
    "nothing was to reach the exception handler",
  );
  return value;
}

/** Runs `main` in virtual time, for tests that expect reports. */
export function virtually<T>(main: () => Awaitable<T>): { value: T; reports: ExceptionContext[] } {
  const loop = new VirtualEventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  try {
    const value = loop.runUntilComplete(inside(main));
    return { value, reports };
  } finally {
    loop.close();
  }
}

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

/** Waits for it and gives its bytes as a string. */
export function* text(bytes: Awaitable<Uint8Array>): Coroutine<string> {
  return Buffer.from(yield* bytes).toString();
}
