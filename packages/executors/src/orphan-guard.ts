/**
 * Ends the processes of a pool whose own process was killed.
 *
 * A worker sees the end of its parent by its channel, and exits; but not while it is in a job that never waits, and that
 * may go on for hours on somebody's CPU. So a shell stands by, which holds a pipe to the parent and the ids of its
 * processes, and ends those that are still there one second after the parent. A thread in each worker could look too,
 * and costs 11 MB and 27 ms there; the shell costs 1 MB for all. Windows ends the processes of a process by itself, and
 * where there is no shell, such a job goes on to its end.
 */
import { spawn } from "node:child_process";

const SCRIPT = `
trap "" HUP INT QUIT TERM
pids=""
while read -r sign pid; do
  rest=""
  for each in $pids; do [ "$each" = "$pid" ] || rest="$rest $each"; done
  pids=$rest
  [ "$sign" = "+" ] && pids="$pids $pid"
done
[ -z "$pids" ] && exit
sleep 1
kill -KILL $pids`;

export class OrphanGuard {
  private readonly _shell = spawn("sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"] });
  /** Resolves when the shell has ended. */
  readonly ended: Promise<void>;

  /** Starts the shell, which does not keep this process alive. Never throws: without a shell there is no guard. */
  constructor() {
    const shell = this._shell;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    shell.on("error", () => resolve());
    shell.on("close", () => resolve());
    shell.stdin.on("error", () => {});
    this._hold(false);
  }

  /** A process was started. */
  add(pid: number): void {
    this._shell.stdin.write(`+ ${pid}\n`);
  }

  /** It has ended by itself: its id may soon be another's. */
  remove(pid: number): void {
    this._shell.stdin.write(`- ${pid}\n`);
  }

  /** All have ended. */
  end(): void {
    this._hold(true);
    this._shell.stdin.end();
  }

  private _hold(held: boolean): void {
    const stdin = this._shell.stdin as typeof this._shell.stdin & { ref(): void; unref(): void };
    if (held) {
      this._shell.ref();
      stdin.ref();
    } else {
      this._shell.unref();
      stdin.unref();
    }
  }
}
