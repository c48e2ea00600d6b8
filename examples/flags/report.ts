import { write } from "@yieldfrom/tqdm";
import { type Flag, isFlagError, type Status } from "./flag.ts";

/** What is printed: failures and the summary; a line for each flag too; or everything, as JSON. */
export type Style = "brief" | "verbose" | "json";

/** Prints what becomes of the flags, above the bar if there is one, and counts. */
export class Report {
  private readonly _style: Style;
  private readonly _counts: Record<Status, number> = { ok: 0, "not found": 0, error: 0 };

  constructor(style: Style) {
    this._style = style;
  }

  /** How many flags are not there. */
  get failures(): number {
    return this._counts["not found"] + this._counts.error;
  }

  saved({ cc, country, image, ms }: Flag): void {
    this._counts.ok++;
    const bytes = image.length;
    const name = country === undefined ? "" : `, ${shown(country)}`;
    if (this._style === "json") print({ code: cc, status: "ok", country, bytes, ms: Math.round(ms) });
    else if (this._style === "verbose") write(`${cc}: ok${name}, ${bytes} bytes, ${Math.round(ms)} ms`);
  }

  /** @throws the error itself when it is not about a flag: a cancellation, or a defect of the program */
  failed(error: unknown): void {
    if (!isFlagError(error)) throw error;
    this._counts[error.status]++;
    if (this._style === "json") print({ code: error.cc, status: error.status, error: error.message });
    else write(`${shown(error.cc)}: ${error.message}`, { file: process.stderr });
  }

  /** The counts of it all; `elapsed` in milliseconds. */
  end(elapsed: number): void {
    const { ok: downloaded, "not found": notFound, error: errors } = this._counts;
    if (this._style === "json") print({ downloaded, notFound, errors, elapsed: Math.round(elapsed) });
    else {
      const s = errors === 1 ? "" : "s";
      write(`${downloaded} downloaded, ${notFound} not found, ${errors} error${s}, ${seconds(elapsed)} elapsed`);
    }
  }

  /** The end after Ctrl-C. */
  interrupted(saved: number, total: number, folder: string): void {
    if (this._style === "json") print({ interrupted: true, saved });
    else write(`Interrupted: ${saved} of ${total} flags are saved in ${folder}`);
  }
}

/** As `0.52 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function print(record: object): void {
  write(JSON.stringify(record));
}

/** A code as it was typed or a name as it was sent, which may be anything. */
function shown(text: string): string {
  return /^[\p{L}\p{M}\p{N}_ '().-]+$/u.test(text) ? text : JSON.stringify(text);
}
