import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { env } from "../flags/test-program.ts";

/** How a program ended, and all that it said. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that is talked with: what it has said so far can be waited for. */
export class Talk {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  private readonly _said = { stdout: "", stderr: "" };
  private _listener = () => {};

  /** Starts any program; it is ended after the test if need be. */
  constructor(t: TestContext, command: string, ...args: string[]) {
    const child = spawn(command, args, { env });
    this.child = child;
    t.after(() => child.kill("SIGKILL"));
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        this._said[name] += text;
        this._listener();
      });
    }
    // One that has ended already hears no more.
    child.stdin.on("error", () => {});
    this.ended = once(child, "close").then(([code, signal]) => {
      this._listener();
      return { ...this._said, code, signal };
    });
  }

  /** Types something. */
  say(text: string): void {
    this.child.stdin.write(text);
  }

  /**
   * Waits until its standard output has what is looked for, and takes it away with all before it.
   *
   * @throws Error that tells what it said instead, when it ends without that
   */
  async hear(what: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = what.exec(this._said.stdout);
      if (found !== null) {
        this._said.stdout = this._said.stdout.slice(found.index + found[0].length);
        return found;
      }
      if (this.child.stdout.readableEnded) {
        throw new Error(`${this.child.spawnargs.join(" ")} never said ${what}: ${JSON.stringify(this._said)}`);
      }
      await new Promise<void>((resolve) => {
        this._listener = resolve;
      });
    }
  }

  /** Ends it by a signal, Ctrl-C unless given. */
  async interrupt(signal: NodeJS.Signals = "SIGINT"): Promise<Ended> {
    this.child.kill(signal);
    return await this.ended;
  }
}

/** Starts a program of the examples with the node that runs the tests. `path` is seen from this folder. */
export function program(t: TestContext, path: string, ...args: string[]): Talk {
  return new Talk(t, process.execPath, fileURLToPath(new URL(path, import.meta.url)), ...args);
}

/** Starts a server of the examples on a free port, and waits until it says where it listens. */
export async function serverOn(t: TestContext, path: string, ...args: string[]) {
  const server = program(t, path, "--port", "0", ...args);
  const [, port = ""] = await server.hear(/Serving .*:(\d+)\b.*\n/);
  return { server, port };
}
