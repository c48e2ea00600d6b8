/** Programs on a real pseudo-terminal. */

import { python } from "@yieldfrom/testing/peers";

// Runs a program on a new pseudo-terminal and passes on what the terminal gets; `-` or a width to change to as soon as
// the program has written something.
const PTY = `
import fcntl, os, pty, struct, sys, termios

columns, rows, later, *command = sys.argv[1:]
def resize(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))

pid, fd = pty.fork()
if pid == 0:
    resize(0, columns)
    os.execvp(command[0], command)
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
    if later != "-":
        resize(fd, later)
        later = "-"
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** For the options of a test that needs a pseudo-terminal. */
export const TERMINAL = python("fcntl", "pty", "termios");

export interface TerminalSize {
  readonly columns?: number;
  readonly rows?: number;
  /** Columns that it has from when the program has written something. */
  readonly resizeTo?: number | undefined;
}

/** What to execute, so that `command` runs on a terminal, and what that gets comes out of standard output. */
export function onTerminal(
  command: readonly string[],
  { columns = 60, rows = 20, resizeTo }: TerminalSize = {},
): [file: string, args: string[]] {
  return [TERMINAL.path, ["-c", PTY, String(columns), String(rows), String(resizeTo ?? "-"), ...command]];
}
