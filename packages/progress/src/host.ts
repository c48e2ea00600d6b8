/** The one door to the process: clock, timer, environment, streams. Tests come in with another. */

/** What is needed of a stream: `process.stderr` and any Node writable have it. */
export interface Output {
  write(text: string, done?: (error?: Error | null) => void): unknown;
  /** Draws only where this is true, unless told otherwise. */
  readonly isTTY?: boolean | undefined;
  /** Width in characters; absent or 0 when unknown. */
  readonly columns?: number | undefined;
  /** Height in lines; absent or 0 when unknown. */
  readonly rows?: number | undefined;
  on?(event: string, listener: () => void): unknown;
  off?(event: string, listener: () => void): unknown;
}

/** Where a bar lives. */
export interface Host {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls `work` every `milliseconds` without keeping the process alive; the result stops it. */
  every(milliseconds: number, work: () => void): () => void;
  /** Calls `work` when the process ends, by an error before that is printed; the result forgets it. */
  atExit(work: () => void): () => void;
  readonly env: { readonly TERM?: string | undefined; readonly [name: string]: string | undefined };
  readonly stdout: Output;
  readonly stderr: Output;
}

export const nodeHost: Host = {
  now: () => performance.now(),
  every(milliseconds, work) {
    const timer = setInterval(work, milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  },
  atExit(work) {
    // With a listener for "uncaughtException" the process may go on.
    const crashed = () => {
      if (process.listenerCount("uncaughtException") === 0) work();
    };
    process.once("exit", work);
    process.on("uncaughtExceptionMonitor", crashed);
    return () => {
      process.off("exit", work);
      process.off("uncaughtExceptionMonitor", crashed);
    };
  },
  // Getters: a program that draws nothing should not open its streams for it.
  get env() {
    return process.env;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
};
