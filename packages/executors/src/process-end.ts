/** What is known of the end of a worker process: the `cause` of the errors that tell of it. */
export class ProcessEnd extends Error {
  override readonly name = "ProcessEnd";
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Null when a signal ended it, or it was not started. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;

  /** `cause` is the error that ended it, if one is known. */
  constructor(pid: number | undefined, exitCode: number | null, signal: NodeJS.Signals | null, cause?: unknown) {
    super(text(pid, exitCode, signal, cause), cause === undefined ? undefined : { cause });
    this.pid = pid;
    this.exitCode = exitCode;
    this.signal = signal;
  }
}

/** Where an end says little by itself: what mostly stands behind it. */
const HINTS: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: "abort(), or no memory left under the limit of V8, which `resourceLimits` raises; see what it printed",
  SIGKILL: "somebody killed it, or the system did for want of memory",
  SIGSEGV: "a fault in native code",
  SIGBUS: "a fault in native code",
  SIGILL: "a fault in native code",
  SIGTRAP: "a fault in V8 or in native code; see what it printed",
};

function text(pid: number | undefined, exitCode: number | null, signal: NodeJS.Signals | null, cause: unknown): string {
  const because = cause instanceof Error ? ` (${cause.name}: ${cause.message})` : "";
  if (pid === undefined) return `a process could not be started${because}`;
  if (signal === null) return `process ${pid} exited with code ${exitCode}${because}`;
  const hint = because === "" && HINTS[signal] !== undefined ? ` (${HINTS[signal]})` : because;
  return `process ${pid} was ended by ${signal}${hint}`;
}
