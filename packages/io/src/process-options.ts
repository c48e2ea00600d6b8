import type { Readable, Writable } from "node:stream";
import { brief } from "./brief.ts";

/** A new pipe between the child and us. Source: `subprocess.PIPE`. */
export const PIPE: "pipe" = "pipe";
/** For `stderr`: where the child's stdout goes to. Source: `subprocess.STDOUT`. */
export const STDOUT: "stdout" = "stdout";
/** Nothing: an end at once for who reads, and what is written is dropped. Source: `subprocess.DEVNULL`. */
export const DEVNULL: "devnull" = "devnull";

/**
 * What one of the child's standard streams is: `PIPE`, `DEVNULL`, a file descriptor, a Node stream that has one (a socket, an open
 * file), or `null` for our own.
 */
export type Redirect = typeof PIPE | typeof DEVNULL | number | Readable | Writable | null;

/** How a process is ended: asked politely first, then made to. */
export interface StopOptions {
  /** What it is asked with. Default: "SIGTERM". */
  readonly signal?: NodeJS.Signals | number | undefined;
  /** Milliseconds it may take to end, before SIGKILL ends it. Default: 5000. */
  readonly grace?: number | undefined;
}

/** What `subprocessExec` and `subprocessShell` take. Source: `subprocess.Popen`. */
export interface SubprocessOptions {
  /** `null` by default: ours. */
  readonly stdin?: Redirect | undefined;
  /** `null` by default: ours. */
  readonly stdout?: Redirect | undefined;
  /** `null` by default: ours. */
  readonly stderr?: Redirect | typeof STDOUT | undefined;
  /** The folder to start in; ours by default. */
  readonly cwd?: string | URL | undefined;
  /** All of the child's environment, `{ ...process.env, LANG: "C" }` for instance; ours by default. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What to run really, while the child is told that it is `program`; the shell, if there is one. */
  readonly executable?: string | undefined;
  /** Makes the child the leader of a session and a group of processes of its own, so that a Ctrl-C in the terminal does not reach it. Default: false. */
  readonly startNewSession?: boolean | undefined;
  /** The user id to run as. */
  readonly user?: number | undefined;
  /** The group id to run as. */
  readonly group?: number | undefined;
  /** Aborting it ends the process, as `Process.stop()` does, with the options of `killOnCancel` if there are any. */
  readonly signal?: AbortSignal | undefined;
}

/** What `createSubprocessExec` and `createSubprocessShell` take; its parameters are what the streams are. */
export interface ProcessOptions<
  I extends Redirect = Redirect,
  O extends Redirect = Redirect,
  E extends Redirect | typeof STDOUT = Redirect | typeof STDOUT,
> extends Omit<SubprocessOptions, "stdin" | "stdout" | "stderr"> {
  /** `null` by default: ours. */
  readonly stdin?: I | undefined;
  /** `null` by default: ours. */
  readonly stdout?: O | undefined;
  /** `null` by default: ours. */
  readonly stderr?: E | undefined;
  /** Bytes of stdout, and of stderr, that are kept for reading before the child is made to wait; see StreamReader. Default: 65536. */
  readonly limit?: number | undefined;
  /**
   * Whether cancelling a task that waits in `wait()` or `communicate()` ends the process, as `stop()` with these options does.
   * Default: false; the process goes on, as in asyncio.
   */
  readonly killOnCancel?: boolean | StopOptions | undefined;
}

/** What is to be started: a program with its arguments, or a command line of the shell's. */
export type Command =
  | { readonly kind: "program"; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: "shell"; readonly line: string };

/** What a command is called in messages. */
export function nameOf(command: Command): string {
  return command.kind === "shell" ? brief(command.line) : command.program;
}

/** Options of Python's that mean nothing here, and what to do instead. Source: asyncio refuses them too. */
const REFUSED: Readonly<Record<string, string>> = {
  text: "pipes carry bytes; decode what you read, or use runProcess(…, { text: true })",
  universalNewlines: "pipes carry bytes; decode what you read, or use runProcess(…, { text: true })",
  encoding: "pipes carry bytes; decode what you read with a TextDecoder",
  errors: "pipes carry bytes; decode what you read with a TextDecoder",
  bufsize: "pipes are not buffered; `limit` is what a StreamReader keeps",
  shell: "use createSubprocessShell(cmd) for a command line of the shell's",
};

/** @throws TypeError for what asyncio refuses */
export function refuseUnsupported(options: object, asked: string): void {
  for (const [name, advice] of Object.entries(REFUSED)) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined || value === null || value === false || value === 0) continue;
    throw new TypeError(`${asked}() has no option \`${name}\`: ${advice}`);
  }
}

/** @throws TypeError unless it is a program's name and a list of strings */
export function checkCommand(asked: string, program: unknown, args: unknown): void {
  if (typeof program !== "string" || program === "") {
    throw new TypeError(
      `Expected \`program\` of ${asked}() to be the name or path of a program, got ${brief(program)}`,
    );
  }
  if (!Array.isArray(args)) {
    throw new TypeError(
      `Expected \`args\` of ${asked}() to be an array, got ${brief(args)}: write ${asked}("ls", ["-l", "-a"])`,
    );
  }
  for (const [index, arg] of args.entries()) {
    if (typeof arg === "string") continue;
    throw new TypeError(`Expected argument ${index} of ${program} to be a string, got ${brief(arg)}`);
  }
  const withZero = [program, ...args].find((each) => each.includes("\0"));
  if (withZero !== undefined) {
    throw new TypeError(`${brief(withZero)} can't be given to a program: it has a zero byte in it`);
  }
}
