/** Programs from Debian as the other side, each with its files in a folder that is removed. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program that serves on loopback. */
export class PeerProcess implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  private readonly _process: ChildProcess;

  constructor(process: ChildProcess, port: number, folder: string) {
    this._process = process;
    this.port = port;
    this.folder = folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this._process.exitCode === null && this._process.signalCode === null) {
      const exited = once(this._process, "exit");
      this._process.kill("SIGTERM");
      await exited;
    }
    await rm(this.folder, { recursive: true });
  }
}

export interface PeerWishes {
  /** The program and its arguments. */
  readonly command: (folder: string, port: number) => readonly string[];
  /** Files in its folder by their names. */
  readonly files: (folder: string, port: number) => Readonly<Record<string, string>>;
}

/** Starts a program and waits until it accepts connections. */
export async function startPeer({ command, files }: PeerWishes): Promise<PeerProcess> {
  const folder = await mkdtemp(join(tmpdir(), "yieldfrom-"));
  const port = await freePort();
  for (const [name, text] of Object.entries(files(folder, port))) await writeFile(join(folder, name), text);
  const [program = "", ...args] = command(folder, port);
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  const peer = new PeerProcess(child, port, folder);
  while (!(await accepts(port))) {
    if (child.exitCode === null) continue;
    await rm(folder, { recursive: true });
    throw new Error(`${program} ended with ${child.exitCode}: ${complaints}`);
  }
  return peer;
}

/**
 * A port that nobody uses now, for a program that can't choose one itself. Not one of those that the system gives to who
 * asks for any: another test might, before the program listens there, and be taken for it.
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // Asked again in a while: a program takes its time to start.
    socket.on("error", () => setTimeout(resolve, 20, false));
  });
}
