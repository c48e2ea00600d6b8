/**
 * The reads of a StreamReader. Each is an iterator without a generator, as core's own waits are: a server reads once or twice
 * for each message.
 */
import { type Future, IncompleteReadError, LimitOverrunError, Operation, type Suspension } from "yieldfrom";
import { asBuffer, EMPTY } from "./byte-queue.ts";
import { LineTooLongError } from "./errors.ts";
import type { StreamReader } from "./stream-reader.ts";

/** What `readUntil` reads up to: bytes, or a string in UTF-8. */
export type Separator = Uint8Array | string;

/** The separators of one read, and how long they are. */
interface Separators {
  readonly all: readonly Buffer[];
  readonly shortest: number;
  readonly longest: number;
}

export const NEWLINE: Buffer = Buffer.from("\n");
const NEWLINES: Separators = { all: [NEWLINE], shortest: 1, longest: 1 };

/** @throws RangeError if there is none, or an empty one */
export function separatorsOf(given: Separator | readonly Separator[]): Separators {
  if (given === NEWLINE) return NEWLINES;
  const list = typeof given === "string" || given instanceof Uint8Array ? [given] : given;
  const all = list.map((one) => (typeof one === "string" ? Buffer.from(one) : asBuffer(one)));
  const lengths = all.map((one) => one.length);
  if (all.length === 0) throw new RangeError("Expected `separator` to be at least one separator, got an empty list");
  if (lengths.includes(0)) throw new RangeError("Expected `separator` to be at least one byte, got none");
  return { all, shortest: Math.min(...lengths), longest: Math.max(...lengths) };
}

/** One read, as `yield*` drives it: takes what is wanted, or waits for more and tries again. */
abstract class Reading extends Operation<Buffer> {
  declare protected readonly _reader: StreamReader;
  declare private _more: Future<void> | null;

  constructor(reader: StreamReader) {
    super();
    this._more = null;
    this._reader = reader;
  }

  override get _title(): string {
    return `StreamReader.${this._name}()`;
  }

  /** What it is called by. */
  protected abstract get _name(): string;

  /** The result; `null` if more must come first. */
  protected abstract _take(): Buffer | null;

  override next(): IteratorResult<Suspension, Buffer> {
    const reader = this._reader;
    const more = this._more;
    if (more === null) {
      if (reader._exception !== null) throw reader._exception;
    } else {
      const result = more.next();
      // Not yet: a second task was given the read that waits here.
      if (!result.done) return result;
    }
    const data = this._take();
    if (data === null) {
      this._more = reader._more(this._name);
      return this._more.next() as IteratorResult<Suspension, Buffer>;
    }
    if (reader._paused) reader._maybeResume();
    return { done: true, value: data };
  }
}

/** Up to `n` bytes. */
export class Read extends Reading {
  declare private readonly _n: number;

  constructor(reader: StreamReader, n: number) {
    super(reader);
    this._n = n;
  }

  protected override get _name(): string {
    return "read";
  }

  protected override _take(): Buffer | null {
    const { _buffer: buffer, _eof: eof } = this._reader;
    if (buffer.length > 0) return buffer.take(Math.min(this._n, buffer.length));
    return eof || this._n === 0 ? EMPTY : null;
  }
}

/** All until the end. */
export class ReadAll extends Reading {
  declare private readonly _blocks: Buffer[];

  constructor(reader: StreamReader) {
    super(reader);
    this._blocks = [];
  }

  protected override get _name(): string {
    return "read";
  }

  protected override _take(): Buffer | null {
    const { _buffer: buffer, _eof: eof } = this._reader;
    const blocks = this._blocks;
    if (buffer.length > 0) blocks.push(buffer.takeAll());
    if (!eof) return null;
    return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks);
  }
}

/** Exactly `n` bytes. */
export class ReadExactly extends Reading {
  declare private readonly _n: number;

  constructor(reader: StreamReader, n: number) {
    super(reader);
    this._n = n;
  }

  protected override get _name(): string {
    return "readExactly";
  }

  protected override _take(): Buffer | null {
    const { _buffer: buffer, _eof: eof } = this._reader;
    const n = this._n;
    if (!(n >= 0)) throw new RangeError(`Expected \`n\` of readExactly() to be 0 or more bytes, got ${String(n)}`);
    if (buffer.length >= n) return buffer.take(n);
    if (eof) throw new IncompleteReadError(buffer.takeAll(), n);
    return null;
  }
}

/** Up to a separator. */
export class ReadUntil extends Reading {
  declare private readonly _wanted: Separators;
  /** Nothing that begins before this can be a separator. */
  declare private _offset: number;

  constructor(reader: StreamReader, wanted: Separators) {
    super(reader);
    this._wanted = wanted;
    this._offset = 0;
  }

  protected override get _name(): string {
    return "readUntil";
  }

  protected override _take(): Buffer | null {
    const { _buffer: buffer, _limit: limit, _eof: eof } = this._reader;
    const wanted = this._wanted;
    if (buffer.length - this._offset >= wanted.shortest) {
      const end = this._findFirst();
      if (end >= 0) return buffer.take(end);
      this._offset = Math.max(0, buffer.length + 1 - wanted.longest);
      if (this._offset > limit) throw overrun(`there is no separator within the limit of ${limit} bytes`, this._offset);
    }
    if (eof) throw new IncompleteReadError(buffer.takeAll(), null);
    return null;
  }

  /** Where the separator ends that ends first; -1 if there is none. */
  private _findFirst(): number {
    const { _buffer: buffer, _limit: limit } = this._reader;
    let start = -1;
    let end = -1;
    for (const separator of this._wanted.all) {
      const at = buffer.indexOf(separator, this._offset);
      if (at < 0 || (end >= 0 && at + separator.length >= end)) continue;
      start = at;
      end = at + separator.length;
    }
    if (start > limit) throw overrun(`the separator comes after more than the limit of ${limit} bytes`, start);
    return end;
  }
}

/** Up to the end of a line, or of the stream. */
export class ReadLine extends ReadUntil {
  constructor(reader: StreamReader) {
    super(reader, NEWLINES);
  }

  protected override get _name(): string {
    return "readLine";
  }

  protected override _take(): Buffer | null {
    try {
      return super._take();
    } catch (error) {
      if (error instanceof IncompleteReadError) return error.partial as Buffer;
      if (!(error instanceof LimitOverrunError)) throw error;
      throw tooLong(this._reader, error);
    }
  }
}

function overrun(what: string, consumed: number): LimitOverrunError {
  const advice = "read it with read() or readExactly(), or make the connection with a larger `limit`";
  return new LimitOverrunError(`readUntil(): ${what}; the data stays: ${advice}`, consumed);
}

/** Drops the line, as far as it is there: all of the buffer if its end is not. */
function tooLong(reader: StreamReader, { consumed }: LimitOverrunError): LineTooLongError {
  const buffer = reader._buffer;
  const isWhole = buffer.indexOf(NEWLINE, consumed) === consumed;
  const dropped = isWhole ? consumed + 1 : buffer.length;
  buffer.skip(dropped);
  reader._maybeResume();
  return new LineTooLongError(
    `readLine(): a line is longer than the limit of ${reader._limit} bytes; ${dropped} bytes of it were dropped. Make the connection with a larger \`limit\`, or read it with read()`,
  );
}
