/** The command as a process, and a server for it. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { python } from "@yieldfrom/testing/peers";

export const PROGRAM = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** The programs' own coverage is not recorded; a cache halves the time they take to start. */
export const env: NodeJS.ProcessEnv = {
  ...process.env,
  NODE_V8_COVERAGE: "",
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../../../../node_modules/.cache/node", import.meta.url)),
  HTTP_PROXY: "",
  http_proxy: "",
  ALL_PROXY: "",
  all_proxy: "",
  npm_command: "",
  CI: "",
  TERM: "xterm",
};

/** How a program ended. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** As a shell reports it: 128 and the number of the signal that ended it. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
}

export type Running = ChildProcessByStdio<Writable, Readable, Readable> & { readonly ended: Promise<Ended> };

/** Starts the command in a folder. Its standard input stays open. */
export function start(t: TestContext, cwd: string, ...args: readonly string[]): Running {
  return startCommand(t, cwd, process.execPath, PROGRAM, ...args);
}

export function startCommand(t: TestContext, cwd: string, command: string, ...args: readonly string[]): Running {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env, cwd });
  t.after(() => child.kill("SIGKILL"));
  // Programs that have ended need no input any more.
  child.stdin.on("error", () => {});
  const outcome = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const ended = outcome.then(([stdout, stderr, [exit, signal]]): Ended => {
    const code: number = exit ?? 128 + constants.signals[signal as NodeJS.Signals];
    return { stdout, stderr, code, signal };
  });
  return Object.assign(child, { ended });
}

/** Runs the command to its end. */
export function run(t: TestContext, cwd: string, ...args: readonly string[]): Promise<Ended> {
  return start(t, cwd, ...args).ended;
}

/** Runs a command on a terminal of 24 lines and 80 columns, and types Ctrl-C once a text has appeared. */
const TYPING = `
import fcntl, os, pty, struct, sys, termios
awaited, *command = sys.argv[1:]
process, terminal = pty.fork()
if process == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execv(command[0], command)
shown = b""
while True:
    try: data = os.read(terminal, 65536)
    except OSError: break
    if not data: break
    os.write(1, data)
    shown += data
    if awaited and awaited.encode() in shown:
        awaited = ""
        os.write(terminal, b"\\x03")
code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
sys.exit(code if code >= 0 else 128 - code)
`;

/** Runs the command on a terminal; all that it writes there is in `stdout`. */
export function runOnTerminal(
  t: TestContext,
  cwd: string,
  interruptAt: string,
  ...args: readonly string[]
): Promise<Ended> {
  return commandOnTerminal(t, cwd, interruptAt, process.execPath, PROGRAM, ...args);
}

/** The same with another command, of which the path is given. */
export function commandOnTerminal(
  t: TestContext,
  cwd: string,
  interruptAt: string,
  ...command: readonly string[]
): Promise<Ended> {
  const { path } = python("fcntl", "pty", "termios");
  return startCommand(t, cwd, path, "-c", TYPING, interruptAt, ...command).ended;
}

/** A server that is closed after the test; its address, without a slash at the end. */
export async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An empty folder that is removed after the test. */
export function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "download-many-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
