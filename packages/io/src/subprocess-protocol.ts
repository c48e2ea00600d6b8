import { type Coroutine, Event } from "yieldfrom";
import { DrainGate } from "./drain-gate.ts";
import { SubprocessProtocol } from "./protocols.ts";
import { DEFAULT_LIMIT, StreamReader } from "./stream-reader.ts";
import { StreamWriter, type WriterProtocol } from "./stream-writer.ts";
import type { ReadTransport, SubprocessTransport, WriteTransport } from "./transports.ts";

/** Joins a child's pipes to a StreamWriter and StreamReaders. Source: asyncio `SubprocessStreamProtocol`. */
export class SubprocessStreamProtocol extends SubprocessProtocol implements WriterProtocol {
  stdin: StreamWriter | null = null;
  stdout: StreamReader | null = null;
  stderr: StreamReader | null = null;
  private readonly _limit: number;
  private readonly _gate = new DrainGate();
  private readonly _stdinLost = new Event();
  private _stdinLostBy: Error | null = null;
  private _transport: SubprocessTransport | null = null;
  /** Output pipes that are not at their end. */
  private _open = 0;
  private _exited = false;

  /**
   * @param limit of the readers
   * @throws RangeError unless it is positive
   */
  constructor(limit: number = DEFAULT_LIMIT) {
    super();
    if (!(limit > 0)) throw new RangeError(`Expected \`limit\` to be a positive number of bytes, got ${String(limit)}`);
    this._limit = limit;
  }

  override connectionMade(transport: SubprocessTransport): void {
    this._transport = transport;
    this.stdout = this._readerOf(transport, 1);
    this.stderr = this._readerOf(transport, 2);
    const stdin = transport.getPipeTransport(0) as WriteTransport | null;
    if (stdin !== null) this.stdin = new StreamWriter(stdin, this, null);
  }

  override pipeDataReceived(fd: number, data: Buffer): void {
    this._reader(fd)?.feedData(data);
  }

  override pipeConnectionLost(fd: number, error: Error | null): void {
    if (fd === 0) {
      this._stdinLostBy = error;
      this._stdinLost.set();
      this._gate.lose(error);
      return;
    }
    const reader = this._reader(fd);
    if (reader === null) return;
    if (error === null) reader.feedEof();
    else reader.setException(error);
    this._open--;
    this._maybeClose();
  }

  override processExited(): void {
    this._exited = true;
    this._maybeClose();
  }

  override pauseWriting(): void {
    this._gate.pause();
  }

  override resumeWriting(): void {
    this._gate.resume();
  }

  /** For stdin: waits while writing is paused. @throws what it was lost by */
  drainHelper(): Coroutine<void> {
    return this._gate.wait();
  }

  /** For stdin: waits until it is closed. @throws what it was lost by */
  *closeWaiter(): Coroutine<void> {
    if (!this._stdinLost.isSet()) yield* this._stdinLost.wait();
    if (this._stdinLostBy !== null) throw this._stdinLostBy;
  }

  private _readerOf(transport: SubprocessTransport, fd: number): StreamReader | null {
    const pipe = transport.getPipeTransport(fd) as ReadTransport | null;
    if (pipe === null) return null;
    const reader = new StreamReader({ limit: this._limit, loop: transport.getLoop() });
    reader.setTransport(pipe);
    this._open++;
    return reader;
  }

  private _reader(fd: number): StreamReader | null {
    return fd === 1 ? this.stdout : this.stderr;
  }

  /** Nobody will read what is written to its stdin any more. */
  private _maybeClose(): void {
    if (this._open > 0 || !this._exited) return;
    this._transport?.close();
    this._transport = null;
  }
}
