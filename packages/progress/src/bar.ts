/** One bar: a meter, the words around it and its line on a screen. */

import { Display, isDrawable, type Row, type Screen } from "./draw.ts";
import { formatMeter, formatNum } from "./format.ts";
import { type Host, nodeHost } from "./host.ts";
import { Meter } from "./meter.ts";
import { checkOption, resolveOptions, type Settings, show, type TqdmOptions } from "./options.ts";
import { escapeControls } from "./text.ts";

type State = "live" | "silent" | "closed";

/** Where bars are drawn when nothing else is said; tests bring their own. */
export interface Surroundings {
  readonly host: Host;
  readonly display: Display;
}

/** The process: its clock, its environment, its streams, and the bars on them. */
export const processSurroundings: Surroundings = { host: nodeHost, display: new Display(nodeHost) };

/**
 * A progress bar moved by hand. It is drawn from its creation (or from `delay` on) to {@link close}; where it may not
 * be drawn it still counts. `using bar = tqdm(null, { total })` closes it at the end of the block.
 */
export class Bar {
  readonly #settings: Settings;
  readonly #meter: Meter;
  readonly #host: Host;
  readonly #display: Display;
  readonly #unit: string;
  #desc: string;
  #postfix: string;
  #state: State;
  #screen: Screen | undefined;
  #paintedAt = Number.NEGATIVE_INFINITY;

  readonly #row: Row = { render: (columns) => this.#line(columns, this.#meter.rate) };
  readonly #live = { tick: (): void => this.#tick(), close: (): void => this.close() };

  /**
   * @throws TypeError, RangeError for an option of the wrong kind or out of range, and for such a `TQDM_*` variable.
   */
  constructor(options: TqdmOptions = {}, { host, display }: Surroundings = processSurroundings) {
    this.#host = host;
    this.#display = display;
    this.#settings = resolveOptions(options, host);
    const { disable, file, unit, desc, postfix } = this.#settings;
    this.#unit = escapeControls(unit);
    this.#desc = escapeControls(desc);
    this.#postfix = postfixText(postfix);
    this.#meter = new Meter(this.#settings, () => host.now());
    this.#state = (disable ?? !isDrawable(file, host.env)) ? "silent" : "live";
    if (this.#state === "silent") return;
    display.open(this.#live);
    if (this.#meter.begun) this.#paint(true);
  }

  /** How many are done, `initial` included. Counted also where nothing is drawn. */
  get n(): number {
    return this.#meter.n;
  }

  /** How many there will be; `null` when not known. Setting it shows at the next redraw. */
  get total(): number | null {
    return this.#meter.total;
  }

  set total(total: number | null) {
    checkOption("total", total);
    this.#meter.total = total === Number.POSITIVE_INFINITY ? null : total;
  }

  /**
   * Counts `count` more (negative: takes back). Redraws at most once in `mininterval`; `true` if it did.
   * A closed bar ignores it. Source: tqdm `update`.
   *
   * @throws RangeError if `count` is not a finite number.
   */
  update(count = 1): boolean {
    if (!Number.isFinite(count))
      throw new RangeError(`tqdm: expected update(n) to get a finite number; got ${show(count)}.`);
    if (this.#state === "closed") return false;
    if (this.#state === "silent") {
      this.#meter.n += count;
      return false;
    }
    if (!this.#meter.update(count)) return false;
    this.#paint(false);
    return true;
  }

  /** Changes the text before the bar; it shows at the next redraw, soon. */
  setDescription(desc: string | null = null): void {
    checkOption("desc", desc);
    this.#desc = escapeControls(desc ?? "");
    this.#paintSoon();
  }

  /**
   * Changes the text after the rate: a string, or values shown as `name=value` in their order, numbers in three
   * digits. It shows at the next redraw, soon. Source: tqdm `set_postfix`.
   */
  setPostfix(postfix: string | Readonly<Record<string, unknown>> | null = null): void {
    checkOption("postfix", postfix);
    this.#postfix = postfixText(postfix);
    this.#paintSoon();
  }

  /** Starts again from 0, the clock too; with `total` for a job of another size (`null`: not known). */
  reset(total: number | null = this.total): void {
    checkOption("total", total);
    this.#meter.reset(total === Number.POSITIVE_INFINITY ? null : total);
    if (this.#state === "live" && this.#meter.begun) this.#paint(true);
  }

  /** Draws now. */
  refresh(): void {
    if (this.#state === "live") this.#paint(true);
  }

  /** Ends the bar: its last line shows the mean rate and stays (`leave`), or goes. Closing twice is harmless. */
  close(): void {
    if (this.#state === "live") {
      this.#display.close(this.#live);
      const lastLine = this.#settings.leave && this.#screen ? this.#line(this.#screen.columns, null) : null;
      if (this.#screen) this.#display.remove(this.#screen, this.#row, lastLine);
    }
    this.#state = "closed";
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The line as it would be drawn now, on a line of no known width. */
  toString(): string {
    return this.#line(null, this.#meter.rate);
  }

  #line(columns: number | null, rate: number | null): string {
    const { unitScale, unitDivisor, ascii, ncols } = this.#settings;
    const { n, total, elapsed, initial } = this.#meter;
    const width = ncols === null || columns === null ? (ncols ?? columns) : Math.min(ncols, columns);
    const words = { desc: this.#desc, unit: this.#unit, postfix: this.#postfix };
    return formatMeter({ ...words, n, total, elapsed, initial, rate, unitScale, unitDivisor, ascii, ncols: width });
  }

  #paint(always: boolean): void {
    this.#paintedAt = this.#host.now();
    if (this.#screen === undefined) this.#screen = this.#display.add(this.#settings.file, this.#row);
    else this.#screen.paint(this.#row, always);
  }

  /** New words show at once, but words that change with every item do not make a redraw each. */
  #paintSoon(): void {
    if (this.#state === "live" && this.#meter.begun && this.#mayPaint()) this.#paint(false);
  }

  #tick(): void {
    if (!this.#meter.begun || !this.#mayPaint()) return;
    this.#meter.tick();
    this.#paint(false);
  }

  #mayPaint(): boolean {
    return this.#host.now() - this.#paintedAt >= this.#settings.mininterval;
  }
}

function postfixText(postfix: string | Readonly<Record<string, unknown>> | null): string {
  if (postfix === null || typeof postfix === "string") return escapeControls(postfix ?? "");
  const shown = (value: unknown): string => (typeof value === "number" ? formatNum(value) : String(value).trim());
  const pairs = Object.entries(postfix).map(([name, value]) => `${name}=${shown(value)}`);
  return escapeControls(pairs.join(", "));
}
