import { constants } from "node:os";
import { type Coroutine, coroutine, createTask, gather, shield, TimeoutError, timeout } from "yieldfrom";
import { CalledProcessError, TimeoutExpired } from "./process-errors.ts";
import { DEVNULL, PIPE, type ProcessOptions, type StopOptions } from "./process-options.ts";
import { checkedStop } from "./process-signals.ts";
import type { StreamReader } from "./stream-reader.ts";
import { createSubprocessExec, feed, type Process } from "./subprocess.ts";

/** What `runProcess` takes. Source: `subprocess.run`. */
export interface RunProcessOptions extends Omit<ProcessOptions, "killOnCancel" | "limit"> {
  /** What is sent to its stdin, which is empty without. */
  readonly input?: Uint8Array | string | undefined;
  /** Whether another return code than 0 is an error. Default: false. */
  readonly check?: boolean | undefined;
  /** Milliseconds after which it is ended, and TimeoutExpired thrown. No limit by default. */
  readonly timeout?: number | undefined;
  /** Whether its output is given as strings, from UTF-8. Default: false, as Buffers. */
  readonly text?: boolean | undefined;
  /** How it is ended when the task is cancelled, `signal` is aborted or the time is over: SIGTERM and, after 5000 ms, SIGKILL by default. */
  readonly stop?: StopOptions | undefined;
}

/** A process that was run to its end. Source: `subprocess.CompletedProcess`. */
export class CompletedProcess<T = Buffer | string> {
  /** Program and arguments. */
  readonly args: readonly string[];
  /** Its exit status; -N if signal number N ended it. */
  readonly returnCode: number;
  /** What it wrote; empty if that was not captured. */
  readonly stdout: T;
  readonly stderr: T;

  constructor(args: readonly string[], returnCode: number, stdout: T, stderr: T) {
    this.args = args;
    this.returnCode = returnCode;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** @throws CalledProcessError if the return code is not 0 */
  checkReturnCode(): void {
    if (this.returnCode === 0) return;
    throw new CalledProcessError(`${this.args[0]} ${endOf(this.returnCode)}${lastWords(this.stderr)}`, this);
  }
}

/**
 * Runs a program to its end. Its stdout and stderr are captured, and its stdin is empty, unless the options say otherwise.
 * If the task is cancelled, the process is ended, politely first, before the cancellation goes on. Source: `subprocess.run`, which
 * asyncio has no counterpart of.
 *
 * ```ts
 * const sorted = yield* runProcess("sort", ["-r"], { input: "a\nb\n", text: true, check: true });
 * console.log(sorted.stdout.split("\n")); // → [ 'b', 'a', '' ]
 * ```
 * @param program a path, or a name that is looked for in the PATH of its environment
 * @param args its arguments, each as it is: nothing in them is special
 * @throws OSError if it can't be started; with `check` CalledProcessError; with `timeout` TimeoutExpired; the reason of an
 *   aborted `signal`
 */
export function runProcess(
  program: string,
  args: readonly string[] | undefined,
  options: RunProcessOptions & { readonly text: true },
): Coroutine<CompletedProcess<string>>;
export function runProcess(
  program: string,
  args?: readonly string[],
  options?: RunProcessOptions & { readonly text?: false | undefined },
): Coroutine<CompletedProcess<Buffer>>;
export function runProcess(
  program: string,
  args?: readonly string[],
  options?: RunProcessOptions,
): Coroutine<CompletedProcess>;
export function runProcess(
  program: string,
  args: readonly string[] = [],
  options: RunProcessOptions = {},
): Coroutine<CompletedProcess> {
  const { input, check, timeout, text, stop, ...others } = options;
  if (input !== undefined && options.stdin !== undefined) {
    throw new TypeError("runProcess() takes `input` or `stdin`, and was given both");
  }
  if (stop !== undefined) checkedStop(stop);
  const stdin = input === undefined ? DEVNULL : PIPE;
  const streams: ProcessOptions = { stdin, stdout: PIPE, stderr: PIPE, ...others, killOnCancel: stop };
  const process: Coroutine<Process> = createSubprocessExec(program, args, streams);
  return complete(process, [program, ...args], options);
}

const complete = coroutine(function* runProcess(
  starting: Coroutine<Process>,
  args: readonly string[],
  options: RunProcessOptions,
): Coroutine<CompletedProcess> {
  using process = yield* starting;
  const chunks: Chunks = { stdout: [], stderr: [] };
  const written = () => ({ args, stdout: join(chunks.stdout, options), stderr: join(chunks.stderr, options) });
  // In a task of its own, for what the process writes is to be read as well while it is being ended.
  const work = createTask(throughout(process, options, chunks));
  try {
    if (options.timeout === undefined) yield* shield(work);
    else yield* timeout(options.timeout, () => shield(work));
  } catch (error) {
    work.addDoneCallback((task) => task.cancelled() || task.exception());
    try {
      yield* process.stop(options.stop);
      yield* work;
    } finally {
      work.cancel();
    }
    if (!(error instanceof TimeoutError)) throw error;
    const message = `${args[0]} was ended, as the ${options.timeout} ms it was given ran out`;
    throw new TimeoutExpired(message, options.timeout as number, written(), { cause: error });
  }
  options.signal?.throwIfAborted();
  const { stdout, stderr } = written();
  const completed = new CompletedProcess(args, process.returnCode as number, stdout, stderr);
  if (options.check) completed.checkReturnCode();
  return completed;
});

interface Chunks {
  readonly stdout: Buffer[];
  readonly stderr: Buffer[];
}

function* throughout(process: Process, options: RunProcessOptions, chunks: Chunks): Coroutine<void> {
  const { stdin, stdout, stderr } = process;
  const work = [collect(stdout, chunks.stdout), collect(stderr, chunks.stderr)];
  if (stdin !== null) work.unshift(feed(stdin, options.input));
  yield* gather(work);
  yield* process.wait();
}

function* collect(reader: StreamReader | null, chunks: Buffer[]): Coroutine<void> {
  if (reader === null) return;
  for (;;) {
    const chunk = yield* reader.read(65_536);
    if (chunk.length === 0) return;
    chunks.push(chunk);
  }
}

function join(chunks: readonly Buffer[], { text }: RunProcessOptions): Buffer | string {
  const all = Buffer.concat(chunks);
  return text ? all.toString() : all;
}

function endOf(returnCode: number): string {
  if (returnCode > 0) return `ended with the return code ${returnCode}`;
  const [name] = Object.entries(constants.signals).find(([, number]) => number === -returnCode) ?? [];
  return `was ended by ${name ?? `signal ${-returnCode}`}`;
}

/** What it complained of last, so that the error says it too. */
function lastWords(stderr: unknown): string {
  const lines = String(stderr).trimEnd().split("\n");
  const last = lines.slice(-LINES_SHOWN).join("\n").slice(-CHARACTERS_SHOWN);
  return last === "" ? "" : `: ${last}`;
}

const LINES_SHOWN = 3;
const CHARACTERS_SHOWN = 500;
