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
 * What the terminal shows while a download goes on. It asks ten times a second, by a timer that keeps no process alive.
 * There are no colours, and no control characters but on a terminal; the cursor is never hidden, so that there is nothing to
 * repair if the process is killed. When the process ends in another way, the lines go away before the error is printed.
 */
export class Screen implements Disposable {
  private readonly _stream: Output;
  private readonly _surroundings: Surroundings;
  private readonly _mode: "bar" | "plain" | "none";
  private _close: (() => void) | null = null;

  constructor({ mode = "auto", stream }: ScreenOptions = {}, surroundings: Surroundings = processSurroundings) {
    const { host } = surroundings;
    this._stream = stream ?? host.stderr;
    this._surroundings = surroundings;
    this._mode = shownMode(mode, this._stream, host.env);
  }

  /** Shows `view`, from half a second on. Once. */
  show(view: ProgressView): void {
    if (this._mode === "bar") this._close = this._showBar(view);
    else if (this._mode === "plain") this._close = this._showPlain(view);
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
    this._close?.();
    this._close = null;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private _showBar(view: ProgressView): () => void {
    const { _stream: file, _surroundings: surroundings } = this;
    const now = () => surroundings.host.now();
    const gauge = new Gauge(view, now);
    let last: Space = { columns: null, rows: null, ascii: false };
    const lines = (space: Space) => {
      last = space;
      gauge.sample();
      return [totalLine(view, gauge, space, false), ...fileLines(view.active, now(), space)];
    };
    const live = new LiveLines(lines, { file, delay: HIDDEN_FOR }, surroundings);
    return () => live.close(totalLine(view, gauge, last, true));
  }

  private _showPlain(view: ProgressView): () => void {
    const { host } = this._surroundings;
    let told: Told = { at: host.now(), finished: view.done + view.failed };
    return host.every(PLAIN_EVERY, () => {
      const now = host.now();
      this._stream.write(`${plainLine(view, told, now)}\n`);
      told = { at: now, finished: view.done + view.failed };
    });
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
