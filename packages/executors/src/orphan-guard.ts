/**
 * Ends the processes of a pool whose own process was killed.
 *
 * A worker sees the end of its parent by its channel, and exits; but not while it is in a job that never waits, and
 * that may go on for hours on somebody's CPU. So a shell stands by, which holds a pipe to the parent and the ids of its
 * processes, and ends those that are still there one second after the parent. A thread in each worker could look too,
 * and costs 11 MB and 27 ms there; the shell costs 1 MB for all. Windows ends the processes of a process by itself, and
 * where there is no shell, such a job goes on to its end.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";

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
  private readonly _shell: ChildProcess;
  /** There is none where no file can be opened any more. */
  private readonly _input: Socket | null | undefined;
  /** Resolves when the shell has ended. */
  readonly ended: Promise<void>;

  /** Starts the shell, which does not keep this process alive. Never throws: without a shell there is no guard. */
  constructor() {
    const shell = spawn("sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"] });
    this._shell = shell;
    this._input = shell.stdin as Socket | null | undefined;
    this.ended = new Promise((resolve) => {
      shell.on("error", () => resolve());
      shell.on("close", () => resolve());
    });
    this._input?.on("error", () => {});
    this._hold(false);
  }

  /** A process was started. */
  add(pid: number): void {
    this._input?.write(`+ ${pid}\n`);
  }

  /** It has ended by itself: its id may soon be another's. */
  remove(pid: number): void {
    this._input?.write(`- ${pid}\n`);
  }

  /** All have ended. */
  end(): void {
    this._hold(true);
    this._input?.end();
  }

  private _hold(held: boolean): void {
    for (const each of [this._shell, this._input]) {
      if (held) each?.ref();
      else each?.unref();
    }
  }
}
