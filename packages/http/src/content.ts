import { type Coroutine, coroutine, IncompleteReadError, LimitOverrunError, RuntimeError } from "yieldfrom";
import { type ByteQueue, concat, MOST } from "./byte-queue.ts";
import { BodyTooLargeError, ClientConnectionError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Inflater } from "./inflate.ts";

/** A body on its way to its reader. */
export interface Flow {
  readonly exchange: Exchange;
  /** Its bytes as the reader gets them. */
  readonly queue: ByteQueue;
  /** Who puts them there, if they come compressed; else they come from the exchange. */
  readonly inflater: Inflater | undefined;
}

/**
 * A response's body as it comes. Source: aiohttp `StreamReader`.
 *
 * In a coroutine:
 *
 * ```ts
 * using session = new ClientSession();
 * using response = yield* session.get(url);
 * for (;;) {
 *   const chunk = yield* response.content.readAny();
 *   if (chunk === null) break;
 *   process.stdout.write(chunk); // → this is /a
 * }
 * ```
 *
 * In an async function, or for `Readable.from` and `forEach`, it is an AsyncIterable of the same chunks; leaving its loop
 * early releases the response. When the reader is slow, the server is made to wait.
 *
 * Each of its methods waits in one task at a time. A task that is cancelled while it waits drops the connection. What they
 * throw when awaited, besides what is said there: ClientPayloadError if the body ended early (after what came, if it is
 * read in pieces) or could not be decompressed, BodyTooLargeError, ServerTimeoutError, RuntimeError if another task is reading.
 */
export class ResponseContent implements AsyncIterable<Uint8Array> {
  private readonly _flow: Flow;

  /** @internal */
  constructor(flow: Flow) {
    this._flow = flow;
  }

  /** Whether all of the body was read. Source: aiohttp `at_eof`. */
  get atEof(): boolean {
    return this._flow.queue.isAtEnd;
  }

  /** Bytes of the body that came so far, read or not, decompressed. Source: aiohttp `total_bytes`. */
  get totalBytes(): number {
    return this._flow.queue.received;
  }

  /** Waits until something has come, and gives all that is there; `null` at the end of the body. */
  readAny(): Coroutine<Uint8Array | null> {
    return readAny(this._flow);
  }

  /** Waits for the rest of the body. */
  read(): Coroutine<Uint8Array>;
  /** Waits until something has come, and gives at most `size` bytes of it; `null` at the end of the body. */
  read(size: number): Coroutine<Uint8Array | null>;
  read(size?: number): Coroutine<Uint8Array | null> {
    if (size === undefined || size === -1) return readRest(this._flow, null);
    checkSize("read", size);
    return size === 0 ? nothing() : readUpTo(this._flow, size);
  }

  /** Waits for `size` bytes. @throws IncompleteReadError if the body ends before */
  readExactly(size: number): Coroutine<Uint8Array> {
    checkSize("readExactly", size);
    return readExactly(this._flow, size);
  }

  /** Waits for a line, with its "\n", which the last one may lack; `null` at the end of the body. See `readUntil`. */
  readLine(): Coroutine<Uint8Array | null> {
    return readUntil(this._flow, NEWLINE);
  }

  /**
   * Waits for all up to and with the next `separator`; what is left, if there is none; `null` at the end of the body.
   * @throws LimitOverrunError if there is none in half a mebibyte
   */
  readUntil(separator: string | Uint8Array = NEWLINE): Coroutine<Uint8Array | null> {
    const bytes = typeof separator === "string" ? Buffer.from(separator) : separator;
    if (bytes.byteLength === 0) throw new RangeError("Expected `separator` of readUntil() to have at least one byte");
    return readUntil(this._flow, bytes);
  }

  /** The body in pieces of at most `size` bytes, for async functions and `forEach`. */
  iterChunked(size: number): AsyncIterable<Uint8Array> {
    checkSize("iterChunked", size);
    if (size === 0) throw new RangeError("Expected `size` of iterChunked() to be at least 1, got 0");
    return { [Symbol.asyncIterator]: () => new Pieces(this._flow, size) };
  }

  /** The body in the pieces in which it comes, for async functions and `forEach`. */
  iterAny(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => new Pieces(this._flow, Number.POSITIVE_INFINITY) };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return new Pieces(this._flow, Number.POSITIVE_INFINITY);
  }
}

const NEWLINE = Buffer.from("\n");

/**
 * The pieces of a body for async loops. Not an async generator, whose `return()` would wait until the next piece has come:
 * this drops the body at once.
 */
class Pieces implements AsyncIterableIterator<Uint8Array> {
  private readonly _flow: Flow;
  private readonly _most: number;
  private _ended = false;

  constructor(flow: Flow, most: number) {
    this._flow = flow;
    this._most = most;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (!this._ended) {
      const chunk = this._flow.queue.takeUpTo(this._most);
      if (chunk === null) break;
      if (chunk !== undefined) return { done: false, value: chunk };
      await new Promise<void>((resolve) => watch(this._flow, resolve));
    }
    this._ended = true;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this._ended = true;
    drop(this._flow);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const readAny = coroutine(function* readAny(flow: Flow): Coroutine<Uint8Array | null> {
  for (;;) {
    const chunk = flow.queue.takeSome();
    if (chunk !== undefined) return chunk;
    yield* change(flow);
  }
});

const nothing = coroutine(function* read(): Coroutine<Uint8Array> {
  return new Uint8Array();
});

const readUpTo = coroutine(function* read(flow: Flow, size: number): Coroutine<Uint8Array | null> {
  for (;;) {
    const chunk = flow.queue.takeUpTo(size);
    if (chunk !== undefined) return chunk;
    yield* change(flow);
  }
});

const readExactly = coroutine(function* readExactly(flow: Flow, size: number): Coroutine<Uint8Array> {
  const parts: Uint8Array[] = [];
  let missing = size;
  while (missing > 0) {
    const part = flow.queue.takeUpTo(missing);
    if (part === undefined) {
      yield* change(flow);
      continue;
    }
    if (part === null) throw new IncompleteReadError(concat(parts, size - missing), size);
    parts.push(part);
    missing -= part.byteLength;
  }
  return parts.length === 1 ? parts[0]! : concat(parts, size);
});

const readUntil = coroutine(function* readUntil(flow: Flow, separator: Uint8Array): Coroutine<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let size = 0;
  /** The end of what was looked through, which may be the beginning of a separator. */
  let tail = Buffer.alloc(0);
  for (;;) {
    const part = flow.queue.takeSome();
    if (part === undefined) {
      yield* change(flow);
      continue;
    }
    if (part === null) return size === 0 ? null : concat(parts, size);
    const looked =
      tail.byteLength === 0 ? Buffer.from(part.buffer, part.byteOffset, part.byteLength) : Buffer.concat([tail, part]);
    const found = looked.indexOf(separator);
    if (found !== -1) {
      const end = found + separator.byteLength - tail.byteLength;
      flow.queue.unread(part.subarray(end));
      parts.push(part.subarray(0, end));
      return parts.length === 1 ? parts[0]! : concat(parts, size + end);
    }
    parts.push(part);
    size += part.byteLength;
    if (size > MOST) {
      flow.queue.unread(concat(parts, size));
      const { method, url } = flow.exchange;
      throw new LimitOverrunError(
        `${method} ${url}: no separator in ${size} bytes of the body; read it in pieces`,
        size,
      );
    }
    tail = Buffer.from(looked.subarray(Math.max(0, looked.byteLength - separator.byteLength + 1)));
  }
});

/** What is left of the body, all of it; `most`: unless that is more bytes. */
export const readRest = coroutine(function* read(flow: Flow, most: number | null): Coroutine<Uint8Array> {
  const { queue, inflater } = flow;
  const small = inflater?.all();
  if (small !== undefined) {
    if (most !== null && small.byteLength > most) throw tooLarge(flow, most);
    return small;
  }
  if (most !== null) return yield* readBounded(flow, most);
  for (;;) {
    const rest = queue.takeRest();
    if (rest !== undefined) return rest;
    yield* change(flow);
  }
});

function* readBounded(flow: Flow, most: number): Coroutine<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const part = flow.queue.takeSome();
    if (part === null) return concat(parts, size);
    if (part === undefined) {
      yield* change(flow);
      continue;
    }
    size += part.byteLength;
    if (size > most) throw tooLarge(flow, most);
    parts.push(part);
  }
}

/** Drops a body that nobody will read to its end, with its connection. A body that has come whole has none any more. */
export function drop({ exchange, inflater }: Flow): void {
  if (exchange.ended && !inflater?.isBusy) return;
  const what = "the response was released before its body was read";
  const error = new ClientConnectionError(exchange, exchange.phase, what);
  exchange.abort(error);
  inflater?.stop(error);
}

/** The error of a body that is longer than its reader wants; it drops the body. */
export function tooLarge(flow: Flow, most: number): BodyTooLargeError {
  const what = `the body is larger than the ${most} bytes of \`maxBodySize\`; \`content\` reads it in pieces,`;
  const error = new BodyTooLargeError(flow.exchange, "reading the body", what);
  drop(flow);
  return error;
}

function* change(flow: Flow): Coroutine<void> {
  const changed = flow.exchange.loop.createFuture<void>();
  watch(flow, () => {
    if (!changed.done()) changed.setResult(undefined);
  });
  try {
    yield* changed;
  } catch (error) {
    drop(flow);
    throw error;
  }
}

function watch({ queue, inflater, exchange }: Flow, notify: () => void): void {
  if (!queue.watch(notify)) {
    throw new RuntimeError(
      `${exchange.method} ${exchange.url}: somebody is reading the body already; read it in one task`,
    );
  }
  inflater?.begin();
}

function checkSize(method: string, size: number): void {
  if (Number.isInteger(size) && size >= 0) return;
  throw new RangeError(`Expected \`size\` of ${method}() to be a whole number of bytes of at least 0, got ${size}`);
}
