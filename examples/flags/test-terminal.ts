import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import { type Ended, PROGRAM, startCommand } from "./test-program.ts";

/** What a terminal shows in the end, line by line, without the spaces at the ends of the lines. */
export function shown(text: string): string[] {
  return text.split("\n").map((line) => {
    const cells: string[] = [];
    let column = 0;
    for (const char of line) {
      if (char === "\b") column--;
      else if (char === "\r") column = 0;
      else cells[column++] = char;
    }
    return cells.join("").trimEnd();
  });
}

/** Runs a command in a terminal of 24 lines and 80 columns, and types Ctrl-C once a text has appeared. */
const TERMINAL = `
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
sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
`;

const python = spawnSync("python3", ["-c", "import fcntl, pty, termios"], { encoding: "utf8" });

/** Why there can be no test in a terminal here; `false` if there can. */
export const noTerminal = python.status !== 0 && `no terminal without python3's pty: ${python.error ?? python.stderr}`;

/** Runs the flags program in a terminal; all that it wrote there is in `stdout`. */
export function runInTerminal(t: TestContext, interruptAt: string, ...args: string[]): Promise<Ended> {
  return startCommand(t, "python3", "-c", TERMINAL, interruptAt, process.execPath, PROGRAM, ...args).ended;
}
