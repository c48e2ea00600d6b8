import type { DownloadItem } from "../item.ts";
import { Aria2Options } from "./aria2-options.ts";
import { parseJsonLine } from "./json-line.ts";
import { MOST_LINE_BYTES } from "./line-splitter.ts";
import type { BadLine, ListEntry } from "./list-entry.ts";

/**
 * How lines are read.
 *
 * - `auto`: each line by itself, and the option lines of aria2's input files with the address above them. So an address
 *   is known to be complete only when the next line begins.
 * - `lines`: each line by itself, at once. For lists that another program writes slowly.
 */
export type ListFormat = "auto" | "lines";

const TAB = 9;
const SPACE = 32;
const HASH = 35;
const BRACE = 123;

/** A column that is an address and no name. */
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;
const OPTION = /^([a-z0-9][a-z0-9-]*)=(.*)$/s;

/**
 * Lines to items. A line tells by its beginning what it is, so that one list may mix them:
 *
 *     # a comment, as are blank lines
 *     https://a.example/1
 *     https://a.example/2 TAB name
 *     https://a.example/3 TAB https://mirror.example/3
 *     {"url": "https://a.example/4", "headers": {"X-Token": "…"}}
 *     https://a.example/5
 *       out=name
 *       checksum=sha-256=…
 *
 * Addresses are not looked at any closer here.
 */
export class ListParser {
  private readonly _name: string;
  private readonly _format: ListFormat;
  /** The address that may still get options. */
  private _held: DownloadItem | null = null;
  private _options: Aria2Options | null = null;
  /** The lines of `_held`, if it has options; only as much as `MOST_LINE_BYTES`. */
  private _heldText = "";
  private _problem: string | undefined = undefined;

  /** @param name what the list is called in `at`, before ":12" */
  constructor(name: string, format: ListFormat) {
    this._name = name;
    this._format = format;
  }

  /** Takes a line, and appends to `out` what is complete by it. */
  line(line: string, number: number, out: ListEntry[]): void {
    const first = line.charCodeAt(0);
    if (first === HASH || line === "") return;
    let text = line;
    if (first === SPACE || first === TAB || endsWithBlank(line)) {
      text = trimBlanks(line);
      if (text === "" || text.charCodeAt(0) === HASH) return;
      if (this._format === "auto" && (first === SPACE || first === TAB) && OPTION.test(text)) {
        this._option(line, text, number, out);
        return;
      }
    }
    this.end(out);
    const at = `${this._name}:${number}`;
    if (text.includes("\ufffd")) {
      out.push(bad("it is not valid UTF-8", at, text));
    } else if (text.charCodeAt(0) === BRACE) {
      const item = parseJsonLine(text, at);
      out.push(typeof item === "string" ? bad(item, at, text) : item);
    } else if (text.includes("\t")) this._columns(text, at, out);
    else this._address({ url: text, at }, out);
  }

  /** Takes the beginning of a line that is longer than a line may be. */
  cutLine(text: string, number: number, out: ListEntry[]): void {
    this.end(out);
    const reason = `the line is longer than ${MOST_LINE_BYTES / 1024} KiB`;
    out.push({ ...bad(reason, `${this._name}:${number}`, text), cut: true });
  }

  /** Appends what was held back: nothing more comes that belongs to it. */
  end(out: ListEntry[]): void {
    const held = this._held;
    if (held === null) return;
    this._held = null;
    if (this._options === null) {
      out.push(held);
      return;
    }
    out.push(
      this._problem === undefined ? this._options.applyTo(held) : bad(this._problem, held.at as string, this._heldText),
    );
    this._options = null;
    this._problem = undefined;
  }

  private _address(item: DownloadItem, out: ListEntry[]): void {
    if (this._format === "auto") this._held = item;
    else out.push(item);
  }

  private _columns(text: string, at: string, out: ListEntry[]): void {
    const [url = "", ...others] = text.split("\t").map(trimBlanks);
    const columns = others.filter((column) => column !== "");
    const mirrors = columns.filter((column) => ADDRESS.test(column));
    const [name, ...more] = columns.filter((column) => !ADDRESS.test(column));
    if (more.length > 0) {
      out.push(bad("after the TAB there may be one name and addresses of mirrors, and there are more names", at, text));
      return;
    }
    const item = { url, ...(mirrors.length > 0 ? { mirrors } : {}), ...(name === undefined ? {} : { name }), at };
    if (name === undefined) this._address(item, out);
    else out.push(item);
  }

  private _option(line: string, text: string, number: number, out: ListEntry[]): void {
    const [, name = "", value = ""] = OPTION.exec(text) ?? [];
    const at = `${this._name}:${number}`;
    const held = this._held;
    if (held === null) {
      out.push(bad(`the option ${name}= belongs to no address: it must stand under a line that has no name`, at, line));
      return;
    }
    if (this._options === null) {
      this._options = new Aria2Options();
      this._heldText = [held.url, ...(held.mirrors ?? [])].join("\t");
    }
    const fits = this._heldText.length + line.length <= MOST_LINE_BYTES;
    if (fits) this._heldText += `\n${line}`;
    if (this._problem !== undefined) return;
    const isText = !text.includes("\ufffd");
    const problem = !fits ? "too many options" : isText ? this._options.take(name, value) : "it is not valid UTF-8";
    if (problem !== undefined) this._problem = `${at}: ${problem}`;
  }
}

function bad(reason: string, at: string, text: string): BadLine {
  return { reason, at, text };
}

function endsWithBlank(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last === SPACE || last === TAB;
}

/** Not `trim`, which takes more away than the writer of a line does. */
function trimBlanks(text: string): string {
  let from = 0;
  let end = text.length;
  while (from < end && isBlank(text.charCodeAt(from))) from++;
  while (end > from && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(from, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
