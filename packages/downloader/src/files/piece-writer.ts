import { write, writev } from "node:fs";
import type { Coroutine } from "yieldfrom";
import { fileError } from "./file-errors.ts";
import { News } from "./pool.ts";
import { restOf } from "./small-files.ts";

/** Bytes of one writer that may wait to be written; whoever brings more is to wait until half of them are left. */
const MOST = 4 * 1024 * 1024;

/** If more than that wait, of all writers together, none may have more waiting than a few. */
const PLENTY = 24 * 1024 * 1024;
const FEW = 512 * 1024;

/** Bytes that wait to be written, of all writers. */
let waiting = 0;

/**
 * Writes one piece of a part file, from its start on. One write is under way, on Node's thread pool, while the next chunks
 * gather; these then go in one.
 */
export class PieceWriter {
  /** Up to here the bytes are the system's: they outlive this process. */
  written: number;
  private readonly _fd: number;
  private readonly _name: string;
  private readonly _frees: boolean;
  private readonly _news = new News();
  private _position: number;
  private _waiting: Uint8Array[] = [];
  private _isWriting = false;
  private _failure: { readonly error: unknown } | null = null;

  /**
   * @param name for messages
   * @param frees whether chunks are its own from then on: the memory of one that shares it with nobody is freed when it is
   *   written. The garbage collector would be called for each few hundred pieces of a large body, and keep so many until then.
   */
  constructor(fd: number, position: number, name: string, frees = false) {
    this._fd = fd;
    this._name = name;
    this._frees = frees;
    this._position = position;
    this.written = position;
  }

  /** Where the next byte goes. */
  get position(): number {
    return this._position;
  }

  /**
   * Takes a chunk, which must not be changed any more.
   * @returns whether it takes more; if not, `drain()` is to be waited for
   * @throws what an earlier write failed with, a DownloadError
   */
  write(chunk: Uint8Array): boolean {
    if (this._failure !== null) throw this._failure.error;
    if (chunk.byteLength === 0) return true;
    this._position += chunk.byteLength;
    waiting += chunk.byteLength;
    this._waiting.push(chunk);
    if (!this._isWriting) this._next();
    return this._position - this.written <= limit();
  }

  /** Waits until it takes more. @throws as `write` */
  *drain(): Coroutine<void> {
    while (this._failure === null && this._position - this.written > limit() / 2) yield* this._news.wait();
    if (this._failure !== null) throw this._failure.error;
  }

  /** Waits until all is written. @throws as `write` */
  *flush(): Coroutine<void> {
    while (this._failure === null && this.written < this._position) yield* this._news.wait();
    if (this._failure !== null) throw this._failure.error;
  }

  /** Waits for all that was taken to be written, or for a failure, even if it is cancelled. Throws nothing else. */
  settle(): Coroutine<void> {
    return this._news.waitOut(() => this._isWriting);
  }

  private _next(): void {
    const chunks = this._waiting;
    this._waiting = [];
    this._isWriting = true;
    const [chunk] = chunks;
    if (chunks.length === 1 && chunk !== undefined) {
      write(this._fd, chunk, 0, chunk.byteLength, this.written, (error, count) => this._wrote(chunks, error, count));
    } else {
      writev(this._fd, chunks, this.written, (error, count) => this._wrote(chunks, error, count));
    }
  }

  private _wrote(chunks: Uint8Array[], error: Error | null, count: number): void {
    this._isWriting = false;
    if (error !== null) {
      this._failure = { error: fileError(error, "write", this._name) };
      waiting -= this._position - this.written;
      this._waiting = [];
    } else {
      this.written += count;
      waiting -= count;
      // The disk may take a part only, when it is about to be full: the next write tells what is the matter.
      const rest = restOf(chunks, count);
      if (this._frees && rest.length === 0) chunks.forEach(free);
      if (rest.length > 0) this._waiting = rest.concat(this._waiting);
      if (this._waiting.length > 0) this._next();
    }
    this._news.tell();
  }
}

function limit(): number {
  return waiting > PLENTY ? FEW : MOST;
}

function free({ buffer, byteLength }: Uint8Array): void {
  if (buffer.byteLength === byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
