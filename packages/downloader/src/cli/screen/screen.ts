import {
  isDrawable,
  LiveLines,
  type Output,
  processSurroundings,
  type Space,
  type Surroundings,
} from "@yieldfrom/tqdm";
import type { ProgressView } from "../../progress-view.ts";
import { fileLines } from "./file-lines.ts";
import { Gauge } from "./gauge.ts";
import { plainLine, type Told, totalLine } from "./total-line.ts";

/**
 * - `bar`: the total line and the slowest files; where nothing can be drawn, as `plain`.
 * - `plain`: a line each ten seconds.
 * - `none`: nothing.
 * - `auto`: `bar` on a terminal, `plain` in CI and on a terminal that can't draw, `none` in a pipe.
 */
export type ScreenMode = "auto" | "bar" | "plain" | "none";

export interface ScreenOptions {
  /** Default: auto. */
  readonly mode?: ScreenMode;
  /** Default: standard error. */
  readonly stream?: Output;
}

/** Milliseconds. */
const HIDDEN_FOR = 500;
const PLAIN_EVERY = 10_000;

/**
 * What the terminal shows while a download goes on. It asks `view` ten times a second, by a timer that keeps no process alive.
 * There are no colours, and no control characters but on a terminal; the cursor is never hidden, so that there is nothing to
 * repair if the process is killed. When the process ends in another way, the lines go away before the error is printed.
 */
export class Screen implements Disposable {
  private readonly _view: ProgressView;
  private readonly _stream: Output;
  private readonly _surroundings: Surroundings;
  private readonly _gauge: Gauge;
  private _live: LiveLines | null = null;
  private _ascii = false;
  private _stopPlain: (() => void) | null = null;
  private _told: Told;

  constructor(
    view: ProgressView,
    { mode = "auto", stream }: ScreenOptions = {},
    surroundings: Surroundings = processSurroundings,
  ) {
    const { host } = surroundings;
    this._view = view;
    this._stream = stream ?? host.stderr;
    this._surroundings = surroundings;
    this._gauge = new Gauge(view, () => host.now());
    this._told = { at: host.now(), finished: view.done + view.failed };
    const shown = shownMode(mode, this._stream, host.env);
    if (shown === "bar") {
      this._live = new LiveLines(
        (space) => this._lines(space),
        { file: this._stream, delay: HIDDEN_FOR },
        surroundings,
      );
    } else if (shown === "plain") this._stopPlain = host.every(PLAIN_EVERY, () => this._tell());
  }

  /**
   * Prints a line above what is drawn.
   * @param text what is sent as it is: control characters in it are to be escaped before
   * @param to where to; default: the screen's stream. Standard output is most often the same terminal.
   */
  line(text: string, to: Output = this._stream): void {
    this._surroundings.display.write(text, to);
  }

  /** Ends it. The total line stays, with the means, if it was to be seen. Idempotent. */
  close(): void {
    this._stopPlain?.();
    this._stopPlain = null;
    const live = this._live;
    if (live === null) return;
    this._live = null;
    const { columns } = this._stream;
    const width = columns ? Math.max(1, columns - 1) : null;
    live.close(totalLine(this._view, this._gauge, width, { ascii: this._ascii, isLast: true }));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private _lines(space: Space): string[] {
    this._ascii = space.ascii;
    this._gauge.sample();
    const total = totalLine(this._view, this._gauge, space.columns, { ascii: space.ascii, isLast: false });
    return [total, ...fileLines(this._view.active, this._surroundings.host.now(), space)];
  }

  private _tell(): void {
    const now = this._surroundings.host.now();
    this._stream.write(`${plainLine(this._view, this._told, now)}\n`);
    this._told = { at: now, finished: this._view.done + this._view.failed };
  }
}

function shownMode(mode: ScreenMode, stream: Output, env: Surroundings["host"]["env"]): "bar" | "plain" | "none" {
  const isTerminal = stream.isTTY === true;
  const canDraw = isDrawable(stream, env);
  if (mode === "bar") return canDraw ? "bar" : "plain";
  if (mode !== "auto") return mode;
  const { CI } = env;
  if (isCi(CI)) return "plain";
  return canDraw ? "bar" : isTerminal ? "plain" : "none";
}

/** All of the services set it; some people unset it by a word. */
function isCi(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false"].includes(value.toLowerCase());
}
