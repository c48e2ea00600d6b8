/** What the tests draw on: a terminal that shows what a person would see, a clock and a timer moved by hand. */

import { Display } from "../src/draw.ts";
import type { Host, Output } from "../src/host.ts";
import { displayWidth } from "../src/text.ts";

const CURSOR_UP = "\x1b[A";

/** A terminal that knows `\r`, `\n` (as after a tty's line discipline), cursor-up, wrapping and scrolling. */
export class Terminal {
  readonly #columns: number;
  readonly #rows: number;
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns = 60, rows = 20) {
    this.#columns = columns;
    this.#rows = rows;
  }

  feed(text: string): void {
    for (const [ups, part] of text.split(CURSOR_UP).entries()) {
      if (ups > 0) this.#row = Math.max(this.#row - 1, this.#lines.length - this.#rows, 0);
      for (const character of part) this.#obey(character);
    }
  }

  /** All lines, those scrolled away too, without trailing blanks. */
  get lines(): string[] {
    const lines = this.#lines.map((cells) =>
      Array.from(cells, (cell) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
    while (lines.length > 1 && lines.at(-1) === "") lines.pop();
    return lines;
  }

  /** Line (from the very first) and column of the cursor. */
  get cursor(): [row: number, column: number] {
    return [this.#row, this.#column];
  }

  #obey(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#newLine();
    else if (character === CURSOR_UP) this.#row = Math.max(this.#row - 1, this.#lines.length - this.#rows, 0);
    else if (/\p{Cc}/u.test(character))
      throw new Error(`a raw control character reached the terminal: ${JSON.stringify(character)}`);
    else this.#put(character);
  }

  #newLine(): void {
    this.#column = 0;
    this.#row++;
    if (this.#row === this.#lines.length) this.#lines.push([]);
  }

  #put(character: string): void {
    const width = displayWidth(character);
    if (this.#column + width > this.#columns) this.#newLine();
    const line = this.#lines[this.#row]!;
    line[this.#column] = character;
    if (width === 2) line[this.#column + 1] = "";
    this.#column += width;
  }
}

/** A stream onto a terminal. `columns` may be changed, and `emit("resize")` tells it. */
export class FakeStream implements Output {
  readonly written: string[] = [];
  readonly terminal: Terminal;
  readonly listeners = new Map<string, Set<() => void>>();
  isTTY: boolean;
  columns: number | undefined;
  rows: number | undefined;
  /** Thrown by the next writes. */
  failure: Error | undefined;

  constructor({ isTTY = true, columns = 60, rows = 20, terminal = new Terminal(columns, rows) } = {}) {
    this.isTTY = isTTY;
    this.columns = isTTY ? columns : undefined;
    this.rows = isTTY ? rows : undefined;
    this.terminal = terminal;
  }

  write(text: string): boolean {
    if (this.failure) throw this.failure;
    this.written.push(text);
    this.terminal.feed(text);
    return true;
  }

  on(event: string, listener: () => void): void {
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set.add(listener));
  }

  off(event: string, listener: () => void): void {
    this.listeners.get(event)?.delete(listener);
  }

  emit(event: string): void {
    for (const listener of this.listeners.get(event) ?? []) listener();
  }

  get listenerCount(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
}

/** A host on one fake terminal: standard output and standard error both lead to it. */
export class FakeHost implements Host {
  time = 1000;
  env: Host["env"] = {};
  readonly stderr: FakeStream;
  readonly stdout: FakeStream;
  readonly timers = new Set<{ at: number; period: number; work: () => void }>();
  readonly exits = new Set<() => void>();

  constructor(stream: ConstructorParameters<typeof FakeStream>[0] = {}) {
    this.stderr = new FakeStream(stream);
    this.stdout = new FakeStream({ ...stream, terminal: this.stderr.terminal });
  }

  now(): number {
    return this.time;
  }

  every(period: number, work: () => void): () => void {
    const timer = { at: this.time + period, period, work };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  atExit(work: () => void): () => void {
    this.exits.add(work);
    return () => this.exits.delete(work);
  }

  /** Time passes while the program computes: no timer gets a turn. */
  work(milliseconds: number): void {
    this.time += milliseconds;
    for (const timer of this.timers) timer.at = Math.max(timer.at, this.time);
  }

  /** Time passes while the program waits: timers run. */
  wait(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const next = [...this.timers].reduce<number>((soonest, { at }) => Math.min(soonest, at), end);
      this.time = next;
      const due = [...this.timers].filter(({ at }) => at <= next);
      if (due.length === 0) return;
      for (const timer of due) {
        timer.at = next + timer.period;
        timer.work();
      }
      if (next === end) return;
    }
  }
}

/** A stage of its own for one test: `tqdm` classes take it as their last argument. */
export function stage(stream: ConstructorParameters<typeof FakeStream>[0] = {}) {
  const host = new FakeHost(stream);
  return { host, display: new Display(host), terminal: host.stderr.terminal, stderr: host.stderr, stdout: host.stdout };
}
