import { type ChildProcess, type SpawnOptions, type StdioOptions, spawn } from "node:child_process";
import { platform } from "node:process";
import type { Readable, Writable } from "node:stream";
import { type Coroutine, getRunningLoop, RuntimeError } from "yieldfrom";
import { brief } from "./brief.ts";
import { findProgram, spawnErrorOf } from "./process-diagnosis.ts";
import { type Command, DEVNULL, PIPE, type Redirect, STDOUT, type SubprocessOptions } from "./process-options.ts";

/**
 * Starts it. Node's `spawn` does the work, and gives the streams as they are; a library such as execa would put layers of its
 * own between the pipes and us. It waits only to learn from the system why a program could not be started.
 * @throws OSError
 */
export function* startChild(command: Command, options: SubprocessOptions): Coroutine<ChildProcess> {
  const stdio = stdioOf(options);
  const [file, args, more] = fileOf(command, options, options.stdout === PIPE && options.stderr === STDOUT);
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      ...more,
      stdio,
      cwd: options.cwd,
      env: options.env,
      detached: options.startNewSession ?? false,
      uid: options.user,
      gid: options.group,
    } as SpawnOptions);
  } catch (error) {
    // A few of the system's refusals come at once; the others are told in an event.
    throw spawnErrorOf(error, command, options);
  }
  if (child.pid !== undefined) {
    child.on("error", () => {}); // Of signals that could not be sent, which are sent without Node's help here.
    return child;
  }
  const failed = getRunningLoop().createFuture<unknown>();
  child.once("error", (error) => failed.done() || failed.setResult(error));
  for (const stream of child.stdio ?? []) stream?.destroy();
  throw spawnErrorOf(yield* failed, command, options);
}

function stdioOf({ stdin, stdout, stderr }: SubprocessOptions): StdioOptions {
  const out = stdioFor("stdout", stdout);
  if (stderr !== STDOUT) return [stdioFor("stdin", stdin), out, stdioFor("stderr", stderr)] as StdioOptions;
  // Node would take 1 for our stdout, which it is if stdout is inherited.
  return [stdioFor("stdin", stdin), out, out === "inherit" ? 1 : out === "pipe" ? "inherit" : out] as StdioOptions;
}

/** On words that mean something elsewhere. */
const ADVICE: Readonly<Record<string, string>> = {
  [STDOUT]: " (STDOUT is for `stderr` only)",
  inherit: " (null, the default, is our own stream)",
  ignore: " (that is DEVNULL here)",
};

function stdioFor(name: string, redirect: Redirect | undefined): string | number | Readable | Writable {
  if (redirect === undefined || redirect === null) return "inherit";
  if (redirect === PIPE) return "pipe";
  if (redirect === DEVNULL) return "ignore";
  if (typeof redirect === "number" && Number.isInteger(redirect) && redirect >= 0) return redirect;
  if (typeof redirect === "object" && typeof redirect.on === "function") {
    const { fd, _handle } = redirect as { fd?: unknown; _handle?: unknown };
    if (typeof fd === "number" || (typeof _handle === "object" && _handle !== null)) return redirect;
    throw new TypeError(
      `\`${name}\` of a process can only be a stream that has a file descriptor by now; use PIPE and copy, or wait for its "open" event`,
    );
  }
  const also = ADVICE[redirect as unknown as string] ?? "";
  throw new TypeError(
    `Expected \`${name}\` to be PIPE, DEVNULL, a file descriptor, a Node stream or null, got ${brief(redirect)}${also}`,
  );
}

/**
 * Has both of its outputs go into one pipe, in the order in which they are written. Node can't give a pipe of its own to two
 * descriptors, but a shell can, and it then becomes the program: same process, same id.
 */
const MERGE = 'exec "$0" "$@" 2>&1';

type File = readonly [file: string, args: readonly string[], more: SpawnOptions];

function fileOf(command: Command, options: SubprocessOptions, merged: boolean): File {
  const { executable } = options;
  if (merged && platform === "win32") {
    throw new RuntimeError("stderr: STDOUT with stdout: PIPE needs /bin/sh; use createSubprocessShell(`… 2>&1`)");
  }
  if (command.kind === "shell") {
    if (!merged) return [command.line, [], { shell: executable ?? true }];
    return ["/bin/sh", ["-c", MERGE, executable ?? "/bin/sh", "-c", command.line], {}];
  }
  const { program, args } = command;
  const path = executable ?? program;
  // If there is none, the system shall say so, and not a shell by an exit status.
  if (!merged || findProgram(path, options) === undefined) {
    return executable === undefined ? [program, args, {}] : [path, args, { argv0: program }];
  }
  if (executable !== undefined) throw new RuntimeError("stderr: STDOUT can't be combined with `executable`");
  return ["/bin/sh", ["-c", MERGE, program, ...args], {}];
}
