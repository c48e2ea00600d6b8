/** Whole processes, timed from before they are started until they have ended. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "../child.ts";

/** What a process took: seconds, and bytes of memory at most. */
export interface Taken {
  readonly wall: number;
  readonly user: number;
  readonly system: number;
  /** What it has from the process that started it counts too: some ten megabytes. */
  readonly memory: number;
}

export class Stopwatch implements AsyncDisposable {
  private readonly _child: Child;
  private readonly _errors: string;

  /** @param folder for what the commands write to stderr */
  constructor(python: string, folder: string) {
    this._child = new Child(python, [fileURLToPath(new URL("stopwatch.py", import.meta.url))]);
    this._errors = join(folder, "stderr");
  }

  /** @throws Error if the command fails */
  async time(command: readonly string[]): Promise<Taken> {
    const { status, ...taken } = await this._child.ask<Taken & { status: number }>({ command, errors: this._errors });
    if (status === 0) return taken;
    const errors = readFileSync(this._errors, "utf8").trim();
    throw new Error(`${command.slice(0, 3).join(" ")} … ended with ${status}: ${errors}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this._child[Symbol.asyncDispose]();
  }
}
