/** The reads of a StreamReader, as coroutines. */
import { type Coroutine, coroutine, IncompleteReadError, LimitOverrunError } from "yieldfrom";
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

export const read = coroutine(function* read(reader: StreamReader, n: number): Coroutine<Buffer> {
  if (reader._exception !== null) throw reader._exception;
  if (n === 0) return EMPTY;
  const buffer = reader._buffer;
  if (buffer.length === 0) {
    if (reader._eof) return EMPTY;
    yield* reader._more("read");
  }
  const data = buffer.take(Math.min(n, buffer.length));
  reader._maybeResume();
  return data;
});

export const readAll = coroutine(function* read(reader: StreamReader): Coroutine<Buffer> {
  const blocks: Buffer[] = [];
  const buffer = reader._buffer;
  for (;;) {
    if (reader._exception !== null) throw reader._exception;
    if (buffer.length === 0) {
      if (reader._eof) return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks);
      yield* reader._more("read");
    }
    if (buffer.length > 0) blocks.push(buffer.takeAll());
    reader._maybeResume();
  }
});

export const readExactly = coroutine(function* readExactly(reader: StreamReader, n: number): Coroutine<Buffer> {
  if (!(n >= 0)) throw new RangeError(`Expected \`n\` of readExactly() to be 0 or more bytes, got ${String(n)}`);
  if (reader._exception !== null) throw reader._exception;
  const buffer = reader._buffer;
  while (buffer.length < n) {
    if (reader._eof) throw new IncompleteReadError(buffer.takeAll(), n);
    yield* reader._more("readExactly");
  }
  const data = buffer.take(n);
  reader._maybeResume();
  return data;
});

export const readUntil = coroutine(function* readUntil(reader: StreamReader, wanted: Separators): Coroutine<Buffer> {
  return yield* upTo(reader, wanted, "readUntil");
});

export const readLine = coroutine(function* readLine(reader: StreamReader): Coroutine<Buffer> {
  try {
    return yield* upTo(reader, NEWLINES, "readLine");
  } catch (error) {
    if (error instanceof IncompleteReadError) return error.partial as Buffer;
    if (!(error instanceof LimitOverrunError)) throw error;
    throw tooLong(reader, error);
  }
});

function* upTo(reader: StreamReader, wanted: Separators, asked: string): Coroutine<Buffer> {
  if (reader._exception !== null) throw reader._exception;
  const { _buffer: buffer, _limit: limit } = reader;
  /** Nothing that begins before this can be a separator. */
  let offset = 0;
  for (;;) {
    if (buffer.length - offset >= wanted.shortest) {
      const end = findFirst(reader, wanted, offset);
      if (end >= 0) {
        const data = buffer.take(end);
        reader._maybeResume();
        return data;
      }
      offset = Math.max(0, buffer.length + 1 - wanted.longest);
      if (offset > limit) throw overrun(`there is no separator within the limit of ${limit} bytes`, offset);
    }
    if (reader._eof) throw new IncompleteReadError(buffer.takeAll(), null);
    yield* reader._more(asked);
  }
}

/** Where the separator ends that ends first; -1 if there is none. */
function findFirst(reader: StreamReader, wanted: Separators, offset: number): number {
  let start = -1;
  let end = -1;
  for (const separator of wanted.all) {
    const at = reader._buffer.indexOf(separator, offset);
    if (at < 0 || (end >= 0 && at + separator.length >= end)) continue;
    start = at;
    end = at + separator.length;
  }
  const limit = reader._limit;
  if (start > limit) throw overrun(`the separator comes after more than the limit of ${limit} bytes`, start);
  return end;
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
