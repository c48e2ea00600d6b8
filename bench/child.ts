/** A process of the benchmark: asked by a line of JSON, answers by one. Ends when its input does. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export class Child implements AsyncDisposable {
  private readonly _process: ChildProcess;
  private readonly _lines: AsyncIterator<string>;
  private readonly _ended: Promise<string>;

  /** @param tell makes the message of what it wrote to stderr, when it has ended and is asked */
  constructor(
    command: string,
    args: readonly string[],
    tell = (stderr: string) => `${[command, ...args].join(" ")} ended: ${stderr}`,
  ) {
    this._process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    this._lines = createInterface({ input: this._process.stdout! })[Symbol.asyncIterator]();
    // Asked when it has died: `next()` below tells.
    this._process.stdin!.on("error", () => {});
    let errors = "";
    this._process.stderr!.on("data", (data) => {
      errors += data;
    });
    this._ended = new Promise((resolve) => {
      this._process.on("close", () => resolve(tell(errors.trim())));
      this._process.on("error", (error) => resolve(tell(error.message)));
    });
  }

  async ask<T>(question: object): Promise<T> {
    this._process.stdin!.write(`${JSON.stringify(question)}\n`);
    return this.next<T>();
  }

  /** The next line. @throws Error of what the process wrote to stderr, if it has ended */
  async next<T>(): Promise<T> {
    const { value, done } = await this._lines.next();
    if (done) throw new Error(await this._ended);
    return JSON.parse(value) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this._process.stdin!.end();
    await this._ended;
  }
}
