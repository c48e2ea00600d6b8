import { closeSync, constants, lstatSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

/** Bytes that are gathered before they are written. */
const GATHERED = 64 * 1024;

/**
 * A text file that is written as things happen, in bounded memory, and has its name only when it is whole: until then it is
 * `PATH.part`. What is no ordinary file (`/dev/stdout`, a pipe) is written as it is.
 */
export class RecordFile {
  readonly path: string;
  private readonly _temporary: string | null;
  private _file: number | null;
  private _text: string[] = [];
  private _length = 0;

  /**
   * @param mode of a file that is new
   * @throws the error of the file system
   */
  constructor(path: string, mode = 0o666) {
    this.path = path;
    const there = lstatSync(path, { throwIfNoEntry: false });
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
    if (there !== undefined && !there.isFile()) {
      this._temporary = null;
      this._file = openSync(path, O_WRONLY);
      return;
    }
    this._temporary = `${path}.part`;
    // One that an earlier run has left.
    rmSync(this._temporary, { force: true });
    this._file = openSync(this._temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  }

  /** Adds text. @throws the error of the file system */
  write(text: string): void {
    this._text.push(text);
    this._length += text.length;
    if (this._length >= GATHERED) this._flush();
  }

  /** Writes the rest and gives the file its name. @throws the error of the file system */
  commit(): void {
    this._flush();
    this._close();
    if (this._temporary !== null) renameSync(this._temporary, this.path);
  }

  /** Leaves nothing, unless it was committed. */
  [Symbol.dispose](): void {
    if (this._file === null) return;
    this._close();
    if (this._temporary !== null) rmSync(this._temporary, { force: true });
  }

  private _flush(): void {
    if (this._file === null) throw new Error(`${this.path} is closed`);
    const bytes = Buffer.from(this._text.join(""));
    this._text = [];
    this._length = 0;
    for (let at = 0; at < bytes.length; ) at += writeSync(this._file, bytes, at);
  }

  private _close(): void {
    if (this._file !== null) closeSync(this._file);
    this._file = null;
  }
}
