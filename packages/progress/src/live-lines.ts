/** Several lines at the foot of a terminal that one function writes anew ten times a second. */

import { processSurroundings, type Surroundings } from "./bar.ts";
import type { Row, Screen } from "./draw.ts";
import type { Output } from "./host.ts";
import { hasOtherCharset } from "./options.ts";

/** Where lines are to fit. */
export interface Space {
  /** Columns of a line; `null` when the terminal does not tell. */
  readonly columns: number | null;
  /** Lines that can be seen at a time; `null` when the terminal does not tell. */
  readonly rows: number | null;
  /** Whether the locale names a charset that has no block characters. */
  readonly ascii: boolean;
}

/** Options of {@link LiveLines}. */
export interface LiveLinesOptions {
  /** The terminal; default: standard error. */
  readonly file?: Output;
  /** Milliseconds before anything is shown; default 0. */
  readonly delay?: number;
}

/**
 * Lines that stand at the foot of a terminal, beneath what is printed by `write`, until they are closed. They are drawn with
 * the means of the bars: only what changed is written, a resize is followed, what is too long is cut.
 *
 * It draws wherever it is told to: ask {@link isDrawable} before.
 */
export class LiveLines {
  readonly #lines: (space: Space) => readonly string[];
  readonly #file: Output;
  readonly #surroundings: Surroundings;
  readonly #showAt: number;
  readonly #ascii: boolean;
  readonly #rows: Row[] = [];
  readonly #live = { tick: (): void => this.#tick(), close: (): void => this.close() };
  #screen: Screen | undefined;
  #texts: readonly string[] = [];
  /** The width that `#texts` was made for. */
  #columns: number | null = null;
  #isClosed = false;

  /**
   * @param lines gives the lines of the moment, without control characters. It is called ten times a second from the
   *   beginning on, also while nothing is shown yet, and must not throw.
   */
  constructor(
    lines: (space: Space) => readonly string[],
    options: LiveLinesOptions = {},
    surroundings: Surroundings = processSurroundings,
  ) {
    const { host, display } = surroundings;
    this.#lines = lines;
    this.#file = options.file ?? host.stderr;
    this.#surroundings = surroundings;
    this.#showAt = host.now() + (options.delay ?? 0);
    this.#ascii = hasOtherCharset(host.env);
    display.open(this.#live);
    this.#tick();
  }

  /** Whether there is anything on the screen. */
  get isShown(): boolean {
    return this.#rows.length > 0;
  }

  /** Takes the lines away; with `lastLine` that one stays, if anything was shown. Closing twice is harmless. */
  close(lastLine: string | null = null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#surroundings.display.close(this.#live);
    this.#keep(1);
    const [row] = this.#rows;
    if (row !== undefined && this.#screen) this.#surroundings.display.remove(this.#screen, row, lastLine);
    this.#rows.length = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #tick(): void {
    const { columns } = this.#file;
    this.#render(columns ? Math.max(1, columns - 1) : null);
    if (this.#surroundings.host.now() < this.#showAt) return;
    this.#keep(this.#texts.length);
    for (const row of this.#rows) this.#screen?.paint(row, false);
    while (this.#rows.length < this.#texts.length) this.#add(this.#rows.length);
  }

  #add(index: number): void {
    const row: Row = {
      render: (columns) => {
        if (columns !== this.#columns) this.#render(columns);
        return this.#texts[index] ?? "";
      },
    };
    this.#rows.push(row);
    this.#screen = this.#surroundings.display.add(this.#file, row);
  }

  /** Takes away the last rows beyond `count`. */
  #keep(count: number): void {
    while (this.#rows.length > count && this.#screen) {
      this.#surroundings.display.remove(this.#screen, this.#rows.pop() as Row, null);
    }
  }

  #render(columns: number | null): void {
    const { rows } = this.#file;
    this.#columns = columns;
    this.#texts = this.#lines({ columns, rows: rows ? Math.max(1, rows - 1) : null, ascii: this.#ascii });
  }
}
