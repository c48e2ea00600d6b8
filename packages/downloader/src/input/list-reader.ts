import { createReadStream } from "node:fs";
import process from "node:process";
import type { Readable } from "node:stream";
import type { Coroutine } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import { ByteStream } from "./byte-stream.ts";
import type { ItemSource } from "./item-source.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { ListEntry } from "./list-entry.ts";
import { type ListFormat, ListParser } from "./list-parser.ts";

/** Entries given at once: what it takes to read them does not hold up the loop for more than a millisecond or two. */
const MOST_ENTRIES = 1024;

export interface ListReaderOptions {
  /** What the list is called in `at` and in errors. */
  readonly name: string;
  /** Default: auto. */
  readonly format?: ListFormat;
}

/**
 * The items of a list, as it comes: a file, a pipe, gzip'd or not. Memory does not grow with it.
 *
 * `next` throws DownloadError `ERR_LIST` if the list can't be read (on).
 */
export class ListReader implements ItemSource, Disposable {
  private readonly _name: string;
  private readonly _bytes: ByteStream;
  private readonly _lines = new LineSplitter();
  private readonly _parser: ListParser;
  private _isFirst = true;
  private _ended = false;

  constructor(source: Readable | AsyncIterable<Uint8Array>, { name, format = "auto" }: ListReaderOptions) {
    this._name = name;
    this._bytes = new ByteStream(source, `the list ${name}`);
    this._parser = new ListParser(name, format);
  }

  *next(): Coroutine<readonly ListEntry[] | null> {
    const entries: ListEntry[] = [];
    for (;;) {
      this._parse(entries);
      if (entries.length > 0) return entries;
      if (this._ended) return null;
      yield* this._read();
    }
  }

  close(): void {
    this._bytes.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private _parse(entries: ListEntry[]): void {
    const lines = this._lines;
    while (entries.length < MOST_ENTRIES) {
      const line = lines.next();
      if (line === null) {
        if (this._ended) this._parser.end(entries);
        return;
      }
      if (lines.isCut) this._parser.cutLine(line, lines.number, entries);
      else this._parser.line(line, lines.number, entries);
    }
  }

  private *_read(): Coroutine<void> {
    const chunk = yield* this._bytes.next();
    if (chunk === null) {
      this._ended = true;
      this._lines.end();
      return;
    }
    if (this._isFirst && isUtf16(chunk)) {
      throw new DownloadError("ERR_LIST", `the list ${this._name} is UTF-16: save it as UTF-8`);
    }
    this._isFirst = false;
    this._lines.push(chunk);
  }
}

/**
 * The list in a file; `-` is standard input.
 *
 * It is opened at once; if there is none, the first `next` throws.
 */
export function openList(path: string, options: Partial<ListReaderOptions> = {}): ListReader {
  if (path === "-") return new ListReader(process.stdin, { name: "standard input", ...options });
  return new ListReader(createReadStream(path), { name: path, ...options });
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
