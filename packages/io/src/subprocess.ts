import { type Coroutine, coroutine, gather, isCancelled, RuntimeError } from "yieldfrom";
import { brief } from "./brief.ts";
import { BrokenPipeError, ConnectionResetError } from "./errors.ts";
import { hostLoop } from "./host-loop.ts";
import {
  type Command,
  checkCommand,
  type PIPE,
  type ProcessOptions,
  type Redirect,
  refuseUnsupported,
  type STDOUT,
  type StopOptions,
  type SubprocessOptions,
} from "./process-options.ts";
import { checkedStop } from "./process-signals.ts";
import { startChild } from "./process-spawn.ts";
import { ChildTransport } from "./process-transport.ts";
import type { SubprocessProtocol } from "./protocols.ts";
import type { StreamReader } from "./stream-reader.ts";
import type { StreamWriter } from "./stream-writer.ts";
import { SubprocessStreamProtocol } from "./subprocess-protocol.ts";
import type { SubprocessTransport } from "./transports.ts";

/**
 * A child process. Source: asyncio `Process`.
 *
 * `using process = yield* createSubprocessExec(…)` kills it at the end of the block if it still runs then; `stop()` does so politely,
 * and waits. One that still runs when its `run()` ends is killed and reported.
 */
export class Process<
  I extends StreamWriter | null = StreamWriter | null,
  O extends StreamReader | null = StreamReader | null,
  E extends StreamReader | null = StreamReader | null,
> implements Disposable
{
  /** Where its stdin is written to; `null` unless that is a `PIPE`. */
  readonly stdin: I;
  /** Its stdout; `null` unless that is a `PIPE`. */
  readonly stdout: O;
  /** Its stderr; `null` unless that is a `PIPE`. */
  readonly stderr: E;
  private readonly _transport: ChildTransport;
  private readonly _killOnCancel: StopOptions | null;

  /** @internal */
  constructor(transport: ChildTransport, protocol: SubprocessStreamProtocol, killOnCancel: boolean | StopOptions) {
    this._transport = transport;
    this.stdin = protocol.stdin as I;
    this.stdout = protocol.stdout as O;
    this.stderr = protocol.stderr as E;
    this._killOnCancel = killOnCancel === true ? {} : killOnCancel === false ? null : killOnCancel;
  }

  /** Its process id. */
  get pid(): number {
    return this._transport.getPid();
  }

  /** Its exit status; -N if signal number N ended it; `null` until its end was seen, which needs no waiting for. */
  get returnCode(): number | null {
    return this._transport.getReturnCode();
  }

  /**
   * Waits for its end, and for that of its pipes; gives the return code.
   *
   * With a `PIPE` that nobody reads it may wait for ever, for a process that waits for its output to be read: use `communicate()`,
   * or read. The same goes for a pipe that one of its own children keeps open.
   */
  wait(): Coroutine<number> {
    return wait(this._transport, this._killOnCancel);
  }

  /**
   * Sends `input` to its stdin and closes that, reads stdout and stderr to their ends, and waits for it.
   *
   * A process that does not read its input is no error.
   * @returns what it wrote to stdout and to stderr; `null` for what is no `PIPE`
   * @throws RuntimeError if there is input and stdin is no `PIPE`
   */
  communicate(input?: Uint8Array | string): Coroutine<[stdout: Output<O>, stderr: Output<E>]> {
    const outputs = communicate(this, this._transport, this._killOnCancel, input);
    return outputs as Coroutine<[Output<O>, Output<E>]>;
  }

  /**
   * Ends it, politely first: sends `signal`, and SIGKILL if it has not ended after `grace`; waits for its end. What it writes before
   * it ends can be read, if somebody does. With `startNewSession` the processes that it started are ended too. If the task is cancelled
   * meanwhile, the grace is over. No counterpart in asyncio, where it is a recipe.
   * @returns the return code
   */
  stop(options: StopOptions = {}): Coroutine<number> {
    return stop(this._transport, options);
  }

  /**
   * Sends it a signal, as "SIGHUP".
   * @throws ProcessLookupError if it has ended and was waited for, or could have been; OSError if the system forbids it
   */
  sendSignal(signal: NodeJS.Signals | number): void {
    this._transport.sendSignal(signal);
  }

  /** Asks it to end: SIGTERM. @throws as `sendSignal` */
  terminate(): void {
    this._transport.terminate();
  }

  /** Ends it: SIGKILL. @throws as `sendSignal` */
  kill(): void {
    this._transport.kill();
  }

  /** Kills it if it still runs, and closes its pipes. */
  [Symbol.dispose](): void {
    this._transport.close();
  }

  /** For example `<Process 4711 git running>`. */
  toString(): string {
    return this._transport.toString().replace("<process", "<Process");
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** What is read of a stream to its end. */
type Output<S> = S extends StreamReader ? Buffer : null;

/** `T` for a `PIPE`. */
type Piped<R, T> = [R] extends [typeof PIPE] ? T : typeof PIPE extends R ? T | null : null;

/** The process that options with these streams make. */
export type ProcessWith<I, O, E> = Process<Piped<I, StreamWriter>, Piped<O, StreamReader>, Piped<E, StreamReader>>;

/**
 * Starts a program, without a shell. Source: asyncio `create_subprocess_exec`.
 *
 * ```ts
 * using process = yield* createSubprocessExec("sort", ["-r"], { stdin: PIPE, stdout: PIPE });
 * const [sorted] = yield* process.communicate("a\nb\n");
 * console.log(JSON.stringify(String(sorted)), process.returnCode); // → "b\na\n" 0
 * ```
 * @param program a path, or a name that is looked for in the PATH of its environment
 * @param args its arguments, each as it is: nothing in them is special
 * @throws OSError if it can't be started: a FileNotFoundError ("ENOENT") if there is no such program, or no such `cwd`, a
 *   PermissionError ("EACCES") if it may not be executed; TypeError for bad arguments and for options of Python's that mean nothing here
 */
export function createSubprocessExec<
  I extends Redirect = null,
  O extends Redirect = null,
  E extends Redirect | typeof STDOUT = null,
>(
  program: string,
  args: readonly string[] = [],
  options: ProcessOptions<I, O, E> = {},
): Coroutine<ProcessWith<I, O, E>> {
  checkCommand("createSubprocessExec", program, args);
  refuseUnsupported(options, "createSubprocessExec");
  return create({ kind: "program", program, args: [...args] }, options) as Coroutine<ProcessWith<I, O, E>>;
}

/**
 * Runs a command line in the system's shell. Source: asyncio `create_subprocess_shell`.
 *
 * What is put into the line is code to the shell: never put there what somebody else chose, a file's name for instance.
 * `createSubprocessExec` has no such problem.
 *
 * `terminate()`, `kill()` and the like are for the shell, and not for what it runs: see `startNewSession`.
 * @throws as `createSubprocessExec`
 */
export function createSubprocessShell<
  I extends Redirect = null,
  O extends Redirect = null,
  E extends Redirect | typeof STDOUT = null,
>(line: string, options: ProcessOptions<I, O, E> = {}): Coroutine<ProcessWith<I, O, E>> {
  checkLine("createSubprocessShell", line);
  refuseUnsupported(options, "createSubprocessShell");
  return create({ kind: "shell", line }, options) as Coroutine<ProcessWith<I, O, E>>;
}

/**
 * Starts a program, and has a protocol told of it. Source: asyncio `loop.subprocess_exec`.
 * @param protocolFactory makes a SubprocessProtocol
 * @throws as `createSubprocessExec`
 */
export function subprocessExec<P extends SubprocessProtocol>(
  protocolFactory: () => P,
  program: string,
  args: readonly string[] = [],
  options: SubprocessOptions = {},
): Coroutine<[transport: SubprocessTransport, protocol: P]> {
  checkCommand("subprocessExec", program, args);
  refuseUnsupported(options, "subprocessExec");
  return start(protocolFactory, { kind: "program", program, args: [...args] }, options);
}

/**
 * Runs a command line in the system's shell, and has a protocol told of it. Source: asyncio `loop.subprocess_shell`.
 * @throws as `createSubprocessExec`
 */
export function subprocessShell<P extends SubprocessProtocol>(
  protocolFactory: () => P,
  line: string,
  options: SubprocessOptions = {},
): Coroutine<[transport: SubprocessTransport, protocol: P]> {
  checkLine("subprocessShell", line);
  refuseUnsupported(options, "subprocessShell");
  return start(protocolFactory, { kind: "shell", line }, options);
}

function checkLine(asked: string, line: unknown): void {
  if (typeof line === "string") return;
  throw new TypeError(`Expected \`line\` of ${asked}() to be a command line, got ${brief(line)}`);
}

const create = coroutine(function* createSubprocess(command: Command, options: ProcessOptions): Coroutine<Process> {
  // Not when it is needed, which is in the midst of a cancellation.
  if (typeof options.killOnCancel === "object") checkedStop(options.killOnCancel);
  const [transport, protocol] = yield* start(() => new SubprocessStreamProtocol(options.limit), command, options);
  return new Process(transport, protocol, options.killOnCancel ?? false);
});

const start = coroutine(function* subprocess<P extends SubprocessProtocol>(
  protocolFactory: () => P,
  command: Command,
  options: SubprocessOptions,
): Coroutine<[ChildTransport, P]> {
  options.signal?.throwIfAborted();
  const loop = hostLoop(command.kind === "shell" ? "createSubprocessShell" : "createSubprocessExec");
  const protocol = protocolFactory();
  const child = yield* startChild(command, options);
  const transport = new ChildTransport(loop, protocol, child, command, options);
  try {
    yield* transport._connection();
  } catch (error) {
    transport.close();
    yield* end(transport);
    throw error;
  }
  return [transport, protocol];
}) as <P extends SubprocessProtocol>(
  protocolFactory: () => P,
  command: Command,
  options: SubprocessOptions,
) => Coroutine<[ChildTransport, P]>;

const wait = coroutine(function* wait(transport: ChildTransport, killOnCancel: StopOptions | null): Coroutine<number> {
  const returnCode = transport.getReturnCode();
  if (returnCode !== null) return returnCode;
  try {
    yield* end(transport);
  } catch (error) {
    if (killOnCancel !== null && isCancelled(error)) yield* stop(transport, killOnCancel);
    throw error;
  }
  return transport.getReturnCode() as number;
});

const communicate = coroutine(function* communicate(
  process: Process,
  transport: ChildTransport,
  killOnCancel: StopOptions | null,
  input: Uint8Array | string | undefined,
): Coroutine<[Buffer | null, Buffer | null]> {
  const { stdin, stdout, stderr } = process;
  if (stdin === null && input !== undefined) {
    throw new RuntimeError(`communicate(input) of ${process}, whose stdin is no pipe: start it with { stdin: PIPE }`);
  }
  try {
    const [, out, err] = yield* gather([
      stdin === null ? nothing() : feed(stdin, input),
      readAll(stdout, transport, 1),
      readAll(stderr, transport, 2),
    ]);
    yield* end(transport);
    return [out, err];
  } catch (error) {
    if (killOnCancel !== null && isCancelled(error)) yield* stop(transport, killOnCancel);
    throw error;
  }
});

function* nothing(): Coroutine<void> {}

function* readAll(reader: StreamReader | null, transport: ChildTransport, fd: number): Coroutine<Buffer | null> {
  if (reader === null) return null;
  const output = yield* reader.read();
  transport.getPipeTransport(fd)?.close();
  return output;
}

/** @internal Sends all of a process's input. It need not read it: `head` does not. */
export function* feed(stdin: StreamWriter, input: Uint8Array | string | undefined): Coroutine<void> {
  try {
    if (input !== undefined) stdin.write(input);
    yield* stdin.drain();
  } catch (error) {
    if (!(error instanceof BrokenPipeError || error instanceof ConnectionResetError)) throw error;
  }
  stdin.close();
}

/** Ends a process and waits for that. Who does not want to wait as long is not left with it: it ends now, which takes no time. */
const stop = coroutine(function* stop(transport: ChildTransport, options: StopOptions): Coroutine<number> {
  transport._stop(options);
  try {
    yield* end(transport);
  } catch (error) {
    transport._stopNow();
    yield* end(transport);
    throw error;
  }
  return transport.getReturnCode() as number;
});

function* end(transport: ChildTransport): Coroutine<void> {
  const waiter = transport._end();
  try {
    yield* waiter;
  } finally {
    transport._forget(waiter);
  }
}
