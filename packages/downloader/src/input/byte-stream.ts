import { pipeline, Readable } from "node:stream";
import { getSystemErrorMessage } from "node:util";
import { createGunzip, type Gunzip } from "node:zlib";
import { type Coroutine, type Future, getRunningLoop } from "yieldfrom";
import { DownloadError } from "../errors.ts";

const GZIP = [0x1f, 0x8b];

/**
 * A Node Readable that is asked for its chunks in a coroutine. If it begins as gzip does, they are inflated. The stream is
 * asked for more only when somebody waits; what it reads ahead is its `highWaterMark`.
 */
export class ByteStream implements Disposable {
  private readonly _what: string;
  private readonly _source: Chunks;
  private _inflated: Chunks | null = null;
  private _begun = false;

  /** @param what it is called in errors */
  constructor(source: Readable | AsyncIterable<Uint8Array>, what: string) {
    this._what = what;
    this._source = new Chunks(source instanceof Readable ? source : Readable.from(source, { objectMode: false }), what);
  }

  /**
   * Waits for the next chunk; `null` at the end. In one task at a time. After a cancellation it may be called again.
   * @throws DownloadError `ERR_LIST` with the stream's error as its cause
   */
  *next(): Coroutine<Buffer | null> {
    if (!this._begun) {
      const head = yield* this._source.start();
      this._begun = true;
      if (head === null || !GZIP.every((byte, index) => head[index] === byte)) return head;
      this._inflated = new Chunks(this._source.inflate(head), this._what);
    }
    return yield* (this._inflated ?? this._source).next();
  }

  /** Closes the stream, also when it is silent. Idempotent. */
  close(): void {
    this._inflated?.close();
    this._source.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

class Chunks {
  private readonly _what: string;
  private readonly _stream: Readable;
  private _failure: { readonly error: unknown } | null = null;
  private _ended = false;
  private _waiter: Future<void> | null = null;
  /** What came and is not enough to tell what the stream is. */
  private _head: Buffer | null = null;

  constructor(stream: Readable, what: string) {
    this._what = what;
    this._stream = stream;
    stream.on("readable", this._wake);
    stream.on("end", this._onEnd);
    stream.on("error", this._onError);
    stream.on("close", this._onClose);
    if (stream.readableEnded) this._ended = true;
    else if (stream.destroyed) this._onClose();
  }

  *next(): Coroutine<Buffer | null> {
    for (;;) {
      if (this._failure !== null) throw unreadable(this._what, this._failure.error);
      const chunk = this._stream.read() as Buffer | string | null;
      if (chunk !== null) return typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      if (this._ended) return null;
      this._waiter = getRunningLoop().createFuture<void>();
      try {
        yield* this._waiter;
      } finally {
        this._waiter = null;
      }
    }
  }

  /** The first two bytes, and what comes with them; less if there is no more. */
  *start(): Coroutine<Buffer | null> {
    while (this._head === null || this._head.length < GZIP.length) {
      const chunk = yield* this.next();
      if (chunk === null) break;
      this._head = this._head === null ? chunk : Buffer.concat([this._head, chunk]);
    }
    return this._head;
  }

  /** The rest of the stream goes through an inflater, `head` first. An error of either is the inflater's. */
  inflate(head: Buffer): Gunzip {
    const inflater = createGunzip();
    this._stream.off("readable", this._wake);
    inflater.write(head);
    pipeline(this._stream, inflater, () => {});
    return inflater;
  }

  close(): void {
    this._stream.off("readable", this._wake);
    this._stream.destroy();
  }

  private readonly _wake = (): void => {
    if (this._waiter?.done() === false) this._waiter.setResult(undefined);
  };

  private readonly _onEnd = (): void => {
    this._ended = true;
    this._wake();
  };

  private readonly _onError = (error: unknown): void => {
    this._failure ??= { error };
    this._wake();
  };

  private readonly _onClose = (): void => {
    if (!this._ended) this._onError(this._stream.errored ?? new Error("it was closed before its end"));
  };
}

function unreadable(what: string, error: unknown): DownloadError {
  const { code, errno, message = String(error) } = error as { code?: unknown; errno?: unknown; message?: string };
  const isOfSystem = typeof errno === "number" && typeof code === "string" && code.startsWith("E");
  const why = code === "EISDIR" ? "it is a folder" : isOfSystem ? getSystemErrorMessage(errno) : message;
  return new DownloadError("ERR_LIST", `${what} can't be read: ${why}`, { cause: error });
}
