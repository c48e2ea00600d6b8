import { type EventLoop, type Future, getEventLoop, type Operation, RuntimeError } from "yieldfrom";
import { asBuffer, ByteQueue } from "./byte-queue.ts";
import { lines } from "./lines.ts";
import { NEWLINE, Read, ReadAll, ReadExactly, ReadLine, ReadUntil, type Separator, separatorsOf } from "./reading.ts";
import type { ReadTransport } from "./transports.ts";

/** Bytes a StreamReader holds before it stops its transport, roughly. */
export const DEFAULT_LIMIT = 65_536;

/** What a reader can be made with. */
export interface StreamReaderOptions {
  /** Bytes; see StreamReader. 65536 by default. */
  readonly limit?: number | undefined;
  /** The loop it belongs to; the running one, or else the one set, by default. */
  readonly loop?: EventLoop | undefined;
}

/**
 * Reads a stream of bytes. Source: asyncio `StreamReader`.
 *
 * `limit` bounds what is held: the transport is paused when more than twice as much waits to be read, and goes on when no more
 * than `limit` does, or when a read needs more. It also is the longest line, and the longest piece that `readUntil` gives.
 *
 * One task may read at a time. Each read throws the error that the connection was lost by, even if there is data.
 *
 * ```ts
 * import { run } from "yieldfrom";
 * import { StreamReader } from "@yieldfrom/io";
 *
 * await run(function* () {
 *   const reader = new StreamReader();
 *   reader.feedData(Buffer.from("one\ntwo\nthr"));
 *   reader.feedEof();
 *   for (;;) {
 *     const line = yield* reader.readLine();
 *     if (line.length === 0) break; // Empty only at the end.
 *     console.log(line.toString().trimEnd());
 *   }
 * });
 * // prints:
 * // one
 * // two
 * // thr
 * ```
 */
export class StreamReader implements AsyncIterable<Buffer> {
  /** @internal */ readonly _loop: EventLoop;
  /** @internal */ readonly _limit: number;
  /** @internal */ readonly _buffer = new ByteQueue();
  /** @internal */ _eof = false;
  /** @internal */ _exception: Error | null = null;
  private _waiter: Future<void> | null = null;
  private _transport: ReadTransport | null = null;
  /** @internal */ _paused = false;

  /** @throws RangeError unless `limit` is positive */
  constructor(options: StreamReaderOptions = {}) {
    const { limit = DEFAULT_LIMIT } = options;
    if (!(limit > 0)) throw new RangeError(`Expected \`limit\` to be a positive number of bytes, got ${String(limit)}`);
    this._limit = limit;
    this._loop = options.loop ?? getEventLoop();
  }

  /**
   * Reads up to `n` bytes: what is there, at least one; empty at the end of the stream. Without `n`, or with -1, it reads to
   * the end of the stream, however much that is.
   */
  read(n = -1): Operation<Buffer> {
    return n < 0 ? new ReadAll(this) : new Read(this, n);
  }

  /**
   * Reads a line, with its "\n". At the end of the stream it gives what is left without one, and then empty buffers.
   * @throws LineTooLongError if there is no "\n" within `limit`; the line, as far as it came, is dropped
   */
  readLine(): Operation<Buffer> {
    return new ReadLine(this);
  }

  /**
   * Reads exactly `n` bytes.
   * @throws IncompleteReadError if the stream ends before; what came is its `partial`
   * @throws RangeError if `n` is negative
   */
  readExactly(n: number): Operation<Buffer> {
    return new ReadExactly(this, n);
  }

  /**
   * Reads up to a separator, which is included.
   * @param separator bytes or a string; of several that one whose end comes first
   * @throws IncompleteReadError if the stream ends before; what came is its `partial`
   * @throws LimitOverrunError if there is none within `limit`; the data stays, to be read in another way
   * @throws RangeError if there is no separator, or an empty one
   */
  readUntil(separator: Separator | readonly Separator[] = NEWLINE): Operation<Buffer> {
    return new ReadUntil(this, separatorsOf(separator));
  }

  /** The lines, for the `for await` of an async function, and for `forEach` in a coroutine. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer> {
    return lines(this);
  }

  /** Whether the stream has ended and everything was read. */
  atEof(): boolean {
    return this._eof && this._buffer.length === 0;
  }

  /** The error set by `setException`, or `null`. */
  exception(): Error | null {
    return this._exception;
  }

  /** Makes each read throw `error`, also the one that waits now. */
  setException(error: Error): void {
    this._exception = error;
    const waiter = this._waiter;
    if (waiter === null) return;
    this._waiter = null;
    if (!waiter.done()) waiter.setException(error);
  }

  /** Gives the reader its transport, which it pauses when it holds too much. Once. */
  setTransport(transport: ReadTransport): void {
    if (this._transport !== null && this._transport !== transport) {
      throw new RuntimeError(`setTransport() of a ${this}, which has one already; make a reader for each connection`);
    }
    this._transport = transport;
  }

  /** @internal Nobody wants the rest. */
  _abandon(): void {
    this._transport?.close();
  }

  /** @internal After `startTls`. */
  _replaceTransport(transport: ReadTransport): void {
    this._transport = transport;
  }

  /**
   * Hands in bytes that came, which must not be changed afterwards.
   * @throws RuntimeError after `feedEof`
   */
  feedData(data: Uint8Array): void {
    if (this._eof) throw new RuntimeError(`feedData() of a ${this} after feedEof()`);
    if (data.length === 0) return;
    this._buffer.push(asBuffer(data));
    this._wake();
    if (this._paused || this._transport === null || this._buffer.length <= 2 * this._limit) return;
    this._paused = true;
    this._transport.pauseReading();
  }

  /** Says that nothing will come any more. */
  feedEof(): void {
    this._eof = true;
    this._wake();
  }

  /** For example `<StreamReader 12 bytes eof>`. */
  toString(): string {
    const parts = ["StreamReader"];
    if (this._buffer.length > 0) parts.push(`${this._buffer.length} bytes`);
    if (this._eof) parts.push("eof");
    if (this._limit !== DEFAULT_LIMIT) parts.push(`limit=${this._limit}`);
    if (this._exception !== null) parts.push(`exception=${this._exception.name}`);
    if (this._paused) parts.push("paused");
    return `<${parts.join(" ")}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  private _wake(): void {
    const waiter = this._waiter;
    if (waiter === null) return;
    this._waiter = null;
    if (!waiter.done()) waiter.setResult(undefined);
  }

  /** @internal To be awaited: done when more has come, or the end. A read that needs more gets it, however much waits. */
  _more(asked: string): Future<void> {
    if (this._waiter !== null && !this._waiter.done()) {
      throw new RuntimeError(
        `${asked}() while another task waits for data of the same ${this}: let one task read, and hand on what it has read`,
      );
    }
    if (this._paused) this._resume();
    const waiter = this._loop.createFuture<void>();
    this._waiter = waiter;
    return waiter;
  }

  /** @internal To be called after something was taken out of the buffer. */
  _maybeResume(): void {
    if (this._paused && this._buffer.length <= this._limit) this._resume();
  }

  private _resume(): void {
    this._paused = false;
    this._transport?.resumeReading();
  }
}
