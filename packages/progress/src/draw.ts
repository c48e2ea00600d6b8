/**
 * The terminal: bars as the last lines of a stream, one under the other.
 *
 * The cursor always rests on the first bar's line, so a new line "printed above" is the bars taken away, the line
 * written, and the bars painted again below it. Only `\r`, `\n`, spaces and cursor-up are used, and the cursor stays
 * visible: a killed program leaves nothing to repair.
 */

import type { Host, Output } from "./host.ts";
import { displayWidth, trimToWidth } from "./text.ts";

const CONTROLS = /\p{Cc}/u;
const CURSOR_UP = "\x1b[A";
const MORE_HIDDEN = " ... (more hidden) ...";
const ROWS_WITHOUT_HEIGHT = 20;
const TICK_MILLISECONDS = 100;

/** One line of a screen. */
export interface Row {
  /** The text for a line of `columns` columns (`null`: width unknown), without control characters. */
  render(columns: number | null): string;
}

/** What a {@link Display} keeps going until it is closed. */
export interface Live {
  /** Called ten times a second while the event loop runs. */
  tick(): void;
  /** Called when the process ends first. */
  close(): void;
}

/** Whether bars are drawn on `stream` when nobody said so: a terminal that can move its cursor. */
export function isDrawable(stream: Output, env: Host["env"]): boolean {
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** The bars of one stream. */
export class Screen {
  readonly stream: Output;
  readonly #rows: Row[] = [];
  /** What stands on the screen, line by line from the cursor's line down. */
  #painted: string[] = [];
  #failed = false;

  constructor(stream: Output) {
    this.stream = stream;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /** The columns a line may take: one less than the screen has, as a full line may wrap. `null` when unknown. */
  get columns(): number | null {
    return this.stream.columns ? Math.max(1, this.stream.columns - 1) : null;
  }

  add(row: Row): void {
    if (this.isEmpty) this.stream.on?.("resize", this.#onResize);
    this.#rows.push(row);
    this.#repaint([], this.#rows);
  }

  /** Takes `row` away; with `lastLine` that line stays for good, above the bars that go on. */
  remove(row: Row, lastLine: string | null): void {
    const index = this.#rows.indexOf(row);
    if (index === -1) return;
    this.#rows.splice(index, 1);
    if (this.isEmpty) this.stream.off?.("resize", this.#onResize);
    this.#repaint(lastLine === null ? [] : [this.#fit(lastLine)], this.#rows);
  }

  /** Writes the line of `row` if it changed, or in any case when `always`. */
  paint(row: Row, always: boolean): void {
    const index = this.#rows.indexOf(row);
    if (index === -1 || index >= this.#visibleCount()) return;
    const line = this.#lineOf(this.#rows, index);
    const before = this.#painted[index];
    if (line === before && !always) return;
    this.#painted[index] = line;
    this.#send(`${"\n".repeat(index)}\r${line}${this.#rest(line, before)}${CURSOR_UP.repeat(index)}`);
  }

  /** Writes a line above the bars, all at once; `false` if it is none of the screen's: too long, or with control characters. */
  print(line: string): boolean {
    const { columns } = this;
    if (this.#failed || columns === null || CONTROLS.test(line) || displayWidth(line) > columns) return false;
    this.#repaint([line], this.#rows);
    return true;
  }

  /** Takes the bars off the screen and leaves the cursor where the first was. {@link restore} puts them back. */
  clear(): void {
    this.#repaint([], []);
  }

  restore(): void {
    this.#repaint([], this.#rows);
  }

  readonly #onResize = (): void => {
    this.#repaint([], this.#rows);
  };

  /** Paints from the cursor's line down: lines that stay, then the rows, then blanks over what stood below. */
  #repaint(staying: readonly string[], rows: readonly Row[]): void {
    const lines = rows.slice(0, this.#visibleCount()).map((_, index) => this.#lineOf(rows, index));
    const all = [...staying, ...lines];
    const height = Math.max(all.length, this.#painted.length);
    if (height === 0) return;
    const text = Array.from({ length: height }, (_, index) => {
      const line = all[index] ?? "";
      return `\r${line}${this.#rest(line, this.#painted[index])}`;
    }).join("\n");
    const up = height - 1 - staying.length;
    this.#painted = lines;
    this.#send(text + (up < 0 ? "\n" : CURSOR_UP.repeat(up) + (lines.length === 0 ? "\r" : "")));
  }

  /** The spaces that cover what is left of `before`. Never past the edge, where a line printed before a resize ends. */
  #rest(line: string, before: string | undefined): string {
    const old = Math.min(displayWidth(before ?? ""), this.columns ?? Number.POSITIVE_INFINITY);
    return " ".repeat(Math.max(0, old - displayWidth(line)));
  }

  #lineOf(rows: readonly Row[], index: number): string {
    const isLast = index > 0 && index === this.#visibleCount() - 1;
    return this.#fit(isLast && rows.length > index + 1 ? MORE_HIDDEN : rows[index]!.render(this.columns));
  }

  #fit(line: string): string {
    return this.columns === null ? line : trimToWidth(line, this.columns);
  }

  /** The cursor cannot go up to a line that scrolled away, so no more lines than the screen has, less one. */
  #visibleCount(): number {
    return Math.max(1, (this.stream.rows || ROWS_WITHOUT_HEIGHT) - 1);
  }

  #send(text: string): void {
    if (this.#failed) return;
    try {
      this.stream.write(text, this.#onWritten);
    } catch {
      this.#failed = true;
    }
  }

  /** A progress bar is no reason to fail: after a write error the screen stays silent. */
  readonly #onWritten = (error?: Error | null): void => {
    if (!error || this.#failed) return;
    this.#failed = true;
    // A stream emits the error after this callback; with nobody listening that would end the process.
    const ignore = (): void => {
      this.stream.off?.("error", ignore);
    };
    this.stream.on?.("error", ignore);
  };
}

/** All the screens of a process, with the one timer that keeps their bars moving. */
export class Display {
  readonly #host: Host;
  readonly #screens = new Map<Output, Screen>();
  readonly #live = new Set<Live>();
  #stopTimer: (() => void) | undefined;
  #forgetExit: (() => void) | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Keeps `live` going: the timer runs while there is any. */
  open(live: Live): void {
    this.#live.add(live);
    this.#stopTimer ??= this.#host.every(TICK_MILLISECONDS, () => {
      for (const each of this.#live) each.tick();
    });
    this.#forgetExit ??= this.#host.atExit(() => {
      for (const each of [...this.#live]) each.close();
    });
  }

  close(live: Live): void {
    this.#live.delete(live);
    if (this.#live.size > 0) return;
    this.#stopTimer?.();
    this.#forgetExit?.();
    this.#stopTimer = this.#forgetExit = undefined;
  }

  /** Shows `row` as the last line of `stream`. */
  add(stream: Output, row: Row): Screen {
    const screen = this.#screens.get(stream) ?? new Screen(stream);
    this.#screens.set(stream, screen);
    screen.add(row);
    return screen;
  }

  /** Ends `row`; `lastLine` stays on the screen, `null` leaves nothing. */
  remove(screen: Screen, row: Row, lastLine: string | null): void {
    screen.remove(row, lastLine);
    if (screen.isEmpty) this.#screens.delete(screen.stream);
  }

  /** Writes `text` and a line end to `file` (default: standard output), above the bars of the same terminal. */
  write(text: string, file: Output = this.#host.stdout): void {
    // Two terminal streams are taken for one terminal, as standard output and standard error nearly always are.
    const screens = [...this.#screens.values()].filter(
      ({ stream }) => stream === file || (stream.isTTY === true && file.isTTY === true),
    );
    const [first] = screens;
    if (screens.length === 1 && first?.stream === file && first.print(text)) return;
    for (const screen of screens) screen.clear();
    try {
      file.write(`${text}\n`);
    } finally {
      for (const screen of screens) screen.restore();
    }
  }
}
