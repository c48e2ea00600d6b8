/**
 * Bytes that came and were not read yet: the chunks as they came, the first perhaps begun. A chunk that is read whole is handed
 * on as it is, and nothing is copied but what must be joined.
 */
export class ByteQueue {
  /** How many bytes are in it. */
  length = 0;
  private _chunks: Buffer[] = [];
  /** Chunks before this one are read; they are dropped now and then, so that taking one costs O(1). */
  private _head = 0;
  /** Bytes of the first chunk that are read. */
  private _offset = 0;

  push(chunk: Buffer): void {
    this._chunks.push(chunk);
    this.length += chunk.length;
  }

  /** The first `bytes` bytes, which must be there. */
  take(bytes: number): Buffer {
    const chunk = this._chunks[this._head];
    if (chunk === undefined || bytes === 0) return EMPTY;
    const left = chunk.length - this._offset;
    if (bytes < left) {
      const start = this._offset;
      this._offset += bytes;
      this.length -= bytes;
      return chunk.subarray(start, this._offset);
    }
    if (bytes > left) return this._join(bytes);
    const whole = this._offset === 0 ? chunk : chunk.subarray(this._offset);
    this.length -= bytes;
    this._dropFirst();
    return whole;
  }

  takeAll(): Buffer {
    return this.take(this.length);
  }

  /** Drops the first `bytes` bytes. */
  skip(bytes: number): void {
    let left = bytes;
    this.length -= bytes;
    for (let chunk = this._chunks[this._head]; chunk !== undefined && left > 0; chunk = this._chunks[this._head]) {
      const here = chunk.length - this._offset;
      if (left < here) {
        this._offset += left;
        return;
      }
      left -= here;
      this._dropFirst();
    }
  }

  clear(): void {
    this.length = 0;
    this._chunks = [];
    this._head = 0;
    this._offset = 0;
  }

  /** Where `wanted` first begins, from `start` on; -1 if it is not there. */
  indexOf(wanted: Uint8Array, start: number): number {
    let base = -this._offset; // Where the chunk begins.
    for (let i = this._head; i < this._chunks.length; i++) {
      const chunk = this._chunks[i]!;
      const end = base + chunk.length;
      if (end > start) {
        const from = Math.max(start - base, i === this._head ? this._offset : 0);
        const at = wanted.length === 1 ? chunk.indexOf(wanted[0]!, from) : chunk.indexOf(wanted, from);
        if (at >= 0) return base + at;
        // It may begin here and end in a later chunk.
        for (let at = Math.max(from, chunk.length - wanted.length + 1); at < chunk.length; at++) {
          if (this._matches(wanted, i, at)) return base + at;
        }
      }
      base = end;
    }
    return -1;
  }

  private _matches(wanted: Uint8Array, chunkIndex: number, at: number): boolean {
    let i = chunkIndex;
    let chunk = this._chunks[i]!;
    let from = at;
    for (const byte of wanted) {
      while (from === chunk.length) {
        const next = this._chunks[++i];
        if (next === undefined) return false;
        chunk = next;
        from = 0;
      }
      if (chunk[from++] !== byte) return false;
    }
    return true;
  }

  private _join(bytes: number): Buffer {
    const joined = Buffer.allocUnsafe(bytes);
    let filled = 0;
    while (filled < bytes) {
      const chunk = this._chunks[this._head]!;
      const end = Math.min(chunk.length, this._offset + bytes - filled);
      filled += chunk.copy(joined, filled, this._offset, end);
      if (end === chunk.length) this._dropFirst();
      else this._offset = end;
    }
    this.length -= bytes;
    return joined;
  }

  private _dropFirst(): void {
    this._offset = 0;
    if (this._head + 1 === this._chunks.length) {
      // The usual case: what came is read before more comes. The engine keeps the array's memory for the next.
      this._chunks.pop();
      while (this._chunks.length > 0) this._chunks.pop();
      this._head = 0;
      return;
    }
    // Let go of: the array may live on for long.
    this._chunks[this._head++] = EMPTY;
    if (this._head < SWEEP_AT || this._head * 2 < this._chunks.length) return;
    this._chunks.splice(0, this._head);
    this._head = 0;
  }
}

/** So few read chunks are not worth moving the others for. */
const SWEEP_AT = 16;

/** No bytes. */
export const EMPTY: Buffer = Buffer.alloc(0);

/** The same bytes as a Buffer, without a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
