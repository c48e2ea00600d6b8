/** A line with more bytes is no line of a list. */
export const MOST_LINE_BYTES = 65_536;

/** Bytes of a line that is too long that are kept, to show which one it is. */
const KEPT_BYTES = 80;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BYTE_ORDER_MARK = "\ufeff";
const EMPTY = Buffer.alloc(0);

/**
 * Bytes to lines of text. It holds one chunk and the beginning of one line, never more than `MOST_LINE_BYTES` of it.
 *
 * Each line is a string of its own: a slice of a chunk's text would keep the whole chunk in memory as long as one of its
 * items waits.
 */
export class LineSplitter {
  /** The number of the line that `next` gave last, from 1. */
  number = 0;
  /** That line was longer than a line may be: what `next` gave is its beginning. */
  isCut = false;
  private _chunk: Buffer = EMPTY;
  private _at = 0;
  /** What came of a line in earlier chunks. */
  private _begun: Buffer[] = [];
  private _begunBytes = 0;
  private _ended = false;

  /** To be called when `next` has nothing more to give. */
  push(chunk: Uint8Array): void {
    this._chunk = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this._at = 0;
  }

  /** No chunk comes any more: what is there is the last line. */
  end(): void {
    this._ended = true;
  }

  /** The next line without its end ("\n" or "\r\n"), U+FFFD where it is not UTF-8; `null`: the next chunk is needed. */
  next(): string | null {
    const chunk = this._chunk;
    const from = this._at;
    const end = chunk.indexOf(LINE_FEED, from);
    if (end === -1) {
      this._keep(chunk.subarray(from));
      this._chunk = EMPTY;
      this._at = 0;
      if (!this._ended || this._begunBytes === 0) return null;
      return this._line(EMPTY, 0, 0);
    }
    this._at = end + 1;
    return this._line(chunk, from, end);
  }

  private _line(chunk: Buffer, from: number, end: number): string {
    this.number++;
    this.isCut = this._begunBytes + end - from > MOST_LINE_BYTES;
    let text: string;
    if (this.isCut || this._begunBytes > 0) {
      this._keep(chunk.subarray(from, end));
      const whole = Buffer.concat(this._begun);
      text = textOf(whole, 0, this.isCut ? KEPT_BYTES : whole.length);
      this._begun = [];
      this._begunBytes = 0;
    } else text = textOf(chunk, from, end);
    return this.number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  }

  private _keep(part: Buffer): void {
    if (part.length === 0) return;
    this._begunBytes += part.length;
    if (this._begunBytes <= MOST_LINE_BYTES) this._begun.push(Buffer.from(part));
    else this._begun = [Buffer.concat([...this._begun, part.subarray(0, KEPT_BYTES)]).subarray(0, KEPT_BYTES)];
  }
}

function textOf(bytes: Buffer, from: number, end: number): string {
  return bytes.toString("utf8", from, end > from && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end);
}
