/** Bytes that may wait to be read before their source is asked to pause: twice aiohttp's `read_bufsize`, as there. */
const MOST = 512 * 1024;

/** Who fills a ByteQueue. */
interface Source {
  pause(): void;
  resume(): void;
}

/**
 * What has come of a body and was not read yet. Source: aiohttp `StreamReader`, its flow control included.
 *
 * States: open, then either ended (nothing more will come) or failed (it will never be whole).
 */
export class ByteQueue {
  /** Bytes that ever came. */
  received = 0;
  private readonly _source: Source;
  private _chunks: Uint8Array[] = [];
  private _size = 0;
  private _paused = false;
  /** Somebody wants all of it, so that pausing would only stop it for ever. */
  private _unbounded = false;
  private _ended = false;
  private _failure: { readonly error: unknown } | undefined = undefined;
  private _notify: (() => void) | undefined = undefined;

  constructor(source: Source) {
    this._source = source;
  }

  push(chunk: Uint8Array): void {
    this._chunks.push(chunk);
    this._size += chunk.byteLength;
    this.received += chunk.byteLength;
    if (this._size > MOST && !this._unbounded && !this._paused) {
      this._paused = true;
      this._source.pause();
    }
    this._changed();
  }

  end(): void {
    this._ended = true;
    this._paused = false;
    this._changed();
  }

  /** What came is dropped: from here on, whoever reads gets the error. */
  fail(error: unknown): void {
    this._failure = { error };
    this._paused = false;
    this._chunks = [];
    this._changed();
  }

  /** All that is there; `null` at the end; `undefined` if nothing is there yet. @throws what the body failed with */
  takeSome(): Uint8Array | null | undefined {
    if (this._failure !== undefined) throw this._failure.error;
    if (this._size === 0) return this._ended ? null : undefined;
    const chunk = this._chunks.length === 1 ? this._chunks[0]! : this._join();
    this._clear();
    this._resume();
    return chunk;
  }

  /**
   * All that is left, once the end has come, in a buffer of its own, so that it can be sent to a worker and keeps no
   * more in memory than itself. `undefined` until then. @throws what the body failed with
   */
  takeRest(): Uint8Array | undefined {
    if (this._failure !== undefined) throw this._failure.error;
    if (!this._ended) {
      this._unbounded = true;
      this._resume();
      return undefined;
    }
    const rest = this._join();
    this._clear();
    return rest;
  }

  /** Has `notify` called, once, at the next change; false if somebody else waits for it. */
  watch(notify: () => void): boolean {
    if (this._notify !== undefined) return false;
    this._notify = notify;
    return true;
  }

  private _join(): Uint8Array {
    const joined = new Uint8Array(this._size);
    let offset = 0;
    for (const chunk of this._chunks) {
      joined.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return joined;
  }

  private _clear(): void {
    this._chunks = [];
    this._size = 0;
  }

  private _resume(): void {
    if (!this._paused) return;
    this._paused = false;
    this._source.resume();
  }

  private _changed(): void {
    const notify = this._notify;
    this._notify = undefined;
    notify?.();
  }
}
