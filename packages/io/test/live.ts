import assert from "node:assert/strict";
import { type Awaitable, type ExceptionContext, HostEventLoop, run } from "yieldfrom";

/** Runs `main` on the host's loop, for tests of real processes and sockets; nothing may reach the exception handler. */
export async function live<T>(main: () => Awaitable<T>): Promise<T> {
  const { outcome, reports } = await liveReports(main);
  assert.deepEqual(
    reports.map(({ message, exception }) => (exception === undefined ? message : `${message}: ${exception}`)),
    [],
    "nothing was to reach the exception handler",
  );
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value;
}

/** The same, for tests that expect reports. */
export async function liveReports<T>(
  main: () => Awaitable<T>,
): Promise<{ outcome: PromiseSettledResult<T>; reports: ExceptionContext[] }> {
  const loop = new HostEventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  const [outcome] = await Promise.allSettled([run(main, { loop })]);
  return { outcome, reports };
}
