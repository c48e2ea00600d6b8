import { type Coroutine, ExceptionGroup, KeyboardInterrupt, run } from "yieldfrom";

/**
 * Runs a server until it is stopped by Ctrl-C or SIGTERM, which cancel it: what it has to do before it ends stands in its
 * `finally`.
 *
 * @returns the exit code: what a shell reports for the signal, or 1 when it could not listen, which is said on standard error
 */
export async function untilStopped(main: () => Coroutine<unknown>): Promise<number> {
  const stop = new AbortController();
  const terminate = () => stop.abort();
  process.once("SIGTERM", terminate);
  try {
    await run(main, { signal: stop.signal });
    return 0;
  } catch (error) {
    if (error instanceof KeyboardInterrupt) return 130;
    if (error === stop.signal.reason) return 143;
    // What fails in a task group comes in an ExceptionGroup.
    const [{ syscall, code, message }] = (error instanceof ExceptionGroup ? error.errors : [error]) as [
      NodeJS.ErrnoException,
    ];
    if (syscall === undefined) throw error;
    const advice = code === "EADDRINUSE" ? "; choose another --port, or 0 for any that is free" : "";
    process.stderr.write(`error: ${message}${advice}\n`);
    return 1;
  } finally {
    process.off("SIGTERM", terminate);
  }
}
