/** Bytes that may wait to be read before their source is asked to pause: twice aiohttp's `read_bufsize`, as there. */
export const MOST = 512 * 1024;

/** Pieces that are kept as they come. If more wait, the small ones of them are put together: each takes some hundred bytes. */
const MOST_PIECES = 64;
const SMALL = 1024;
const CRUMBS = 16 * 1024;

/** Who fills a ByteQueue. */
interface Source {
  pause(): void;
  resume(): void;
}

/**
 * What has come of a body and was not read yet. Source: aiohttp `StreamReader`, its flow control included.
 *
 * States: open, then ended (nothing more will come), failed (it will never be whole) or broken off (nor will it, but what is
 * there can be taken first).
 */
export class ByteQueue {
  /** Bytes that ever came. */
  received = 0;
  private readonly _source: Source;
  private _chunks: Uint8Array[] = [];
  private _size = 0;
  /** Where small pieces are put together, and the part of it that is in use: the last of `_chunks`, unless that was taken. */
  private _crumbs: Uint8Array = NOTHING;
  private _used: Uint8Array = NOTHING;
  private _paused = false;
  /** Somebody wants all of it, so that pausing would only stop it for ever. */
  private _unbounded = false;
  /** `takeRest` was asked just now: who watches next wants the end, and no news of each piece. */
  private _wantsRest = false;
  private _waitsForEnd = false;
  private _ended = false;
  private _failure: { readonly error: unknown } | undefined = undefined;
  private _notify: (() => void) | undefined = undefined;

  constructor(source: Source) {
    this._source = source;
  }

  /** Bytes that can be taken now. */
  get size(): number {
    return this._size;
  }

  /** Whether all of it has been taken, and no more will come. */
  get isAtEnd(): boolean {
    return this._ended && this._size === 0 && this._failure === undefined;
  }

  push(chunk: Uint8Array): void {
    if (this._chunks.length < MOST_PIECES || chunk.byteLength > SMALL) this._chunks.push(chunk);
    else this._putTogether(chunk);
    this._size += chunk.byteLength;
    this.received += chunk.byteLength;
    if (this._size > MOST && !this._unbounded && !this._paused) {
      this._paused = true;
      this._source.pause();
    }
    if (!this._waitsForEnd) this._changed();
  }

  end(): void {
    this._ended = true;
    this._paused = false;
    this._changed();
  }

  /** Gives back what was taken, to be taken again. */
  unread(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this._chunks.unshift(chunk);
    this._size += chunk.byteLength;
  }

  /** What came is dropped: from here on, whoever reads gets the error. */
  fail(error: unknown): void {
    this._failure = { error };
    this._paused = false;
    this._clear();
    this._changed();
  }

  /** No more will come: whoever reads gets what is there, and then the error. aiohttp drops what is there. */
  breakOff(error: unknown): void {
    this._failure = { error };
    this._paused = false;
    this._changed();
  }

  /** All that is there; `null` at the end; `undefined` if nothing is there yet. @throws what the body failed with */
  takeSome(): Uint8Array | null | undefined {
    if (this._size === 0) {
      if (this._failure !== undefined) throw this._failure.error;
      this._wantsRest = false;
      return this._ended ? null : undefined;
    }
    this._wantsRest = false;
    const chunk = this._chunks.length === 1 ? this._chunks[0]! : this._join();
    this._clear();
    this._resume();
    return chunk;
  }

  /** As `takeSome`, but no more than `most` bytes. */
  takeUpTo(most: number): Uint8Array | null | undefined {
    if (this._size <= most) return this.takeSome();
    const first = this._chunks[0]!;
    if (first.byteLength > most) {
      this._chunks[0] = first.subarray(most);
      this._size -= most;
      if (this._size <= MOST / 2) this._resume();
      return first.subarray(0, most);
    }
    const parts: Uint8Array[] = [];
    let room = most;
    while (room > 0) {
      const chunk = this._chunks[parts.length]!;
      if (chunk.byteLength > room) break;
      parts.push(chunk);
      room -= chunk.byteLength;
    }
    this._chunks.splice(0, parts.length);
    if (room > 0) {
      const next = this._chunks[0]!;
      parts.push(next.subarray(0, room));
      this._chunks[0] = next.subarray(room);
    }
    this._size -= most;
    if (this._size <= MOST / 2) this._resume();
    return concat(parts, most);
  }

  /**
   * All that is left, once the end has come, in a buffer of its own, so that it can be sent to a worker and keeps no
   * more in memory than itself. `undefined` until then. @throws what the body failed with
   */
  takeRest(): Uint8Array | undefined {
    if (this._failure !== undefined) throw this._failure.error;
    if (!this._ended) {
      this._unbounded = true;
      this._wantsRest = true;
      this._resume();
      return undefined;
    }
    const rest = this._join();
    this._clear();
    return rest;
  }

  /**
   * Has `notify` called, once, at the next change, or, right after `takeRest` gave nothing, at the end or failure; false if
   * somebody else waits.
   */
  watch(notify: () => void): boolean {
    const wantsRest = this._wantsRest;
    this._wantsRest = false;
    if (this._notify !== undefined) return false;
    this._notify = notify;
    this._waitsForEnd = wantsRest;
    return true;
  }

  private _putTogether(chunk: Uint8Array): void {
    const { byteLength: begin } = this._used;
    const isLast = begin > 0 && this._chunks.at(-1) === this._used;
    if (isLast && begin + chunk.byteLength <= CRUMBS) {
      this._crumbs.set(chunk, begin);
      this._used = this._crumbs.subarray(0, begin + chunk.byteLength);
      this._chunks[this._chunks.length - 1] = this._used;
      return;
    }
    this._crumbs = new Uint8Array(CRUMBS);
    this._crumbs.set(chunk);
    this._used = this._crumbs.subarray(0, chunk.byteLength);
    this._chunks.push(this._used);
  }

  private _join(): Uint8Array {
    return concat(this._chunks, this._size);
  }

  private _clear(): void {
    this._chunks = [];
    this._size = 0;
    this._crumbs = NOTHING;
    this._used = NOTHING;
  }

  private _resume(): void {
    if (!this._paused) return;
    this._paused = false;
    this._source.resume();
  }

  private _changed(): void {
    const notify = this._notify;
    this._notify = undefined;
    this._waitsForEnd = false;
    notify?.();
  }
}

const NOTHING = new Uint8Array();

/** Chunks of `size` bytes together as one, in a buffer of its own. */
export function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return joined;
}
