import process from "node:process";
import type { Writable } from "node:stream";
import { type EventLoop, HostCallback } from "yieldfrom";
import { BrokenPipeError } from "./errors.ts";
import { whenClosed } from "./loop-end.ts";
import { streamError } from "./os-errors.ts";
import type { BaseProtocol } from "./protocols.ts";
import { WriteTransport } from "./transports.ts";
import { type FlowMarks, type MarkOptions, WriteMarks } from "./write-marks.ts";

/**
 * Writes to a Node stream: the child's end of a pipe, a terminal, anything. Source: asyncio `_UnixWritePipeTransport`.
 *
 * What Node's stream has not passed on yet is what waits here; nothing is kept twice.
 */
export class WritePipeTransport extends WriteTransport {
  private readonly _loop: EventLoop;
  private readonly _target: Writable;
  private readonly _extra: Readonly<Record<string, unknown>>;
  private readonly _marks: WriteMarks = new WriteMarks(this);
  private readonly _inLoop: HostCallback<() => void>;
  private readonly _forgetLoop: () => void;
  private _protocol: BaseProtocol;
  /** Bytes that an object-mode stream has not passed on; it counts pieces itself. */
  private _pieces = 0;
  /** Closed, by whoever: nothing more is taken. */
  private _closing = false;
  private _lost = false;
  private _dropped = false;

  constructor(loop: EventLoop, target: Writable, protocol: BaseProtocol) {
    super();
    this._loop = loop;
    this._target = target;
    this._protocol = protocol;
    this._extra = { pipe: target };
    this._inLoop = new HostCallback(loop, (fn) => fn());
    this._forgetLoop = whenClosed(loop, () => this._letGo());
    target.on("error", this._onError);
    target.on("close", this._onClose);
    loop.callSoon(() => this._protocol.connectionMade(this));
    if (target.destroyed || target.writableEnded) this._fromHost(() => this._onClose());
  }

  override getLoop(): EventLoop {
    return this._loop;
  }

  override getExtraInfo(name: string, fallback?: unknown): never {
    return (name in this._extra ? this._extra[name] : fallback) as never;
  }

  override setProtocol(protocol: BaseProtocol): void {
    this._protocol = protocol;
  }

  override getProtocol(): BaseProtocol {
    return this._protocol;
  }

  override write(data: Uint8Array | string): void {
    if (typeof data !== "string" && !(data instanceof Uint8Array)) {
      throw new TypeError(`write() takes bytes or a string, got ${typeof data}`);
    }
    if (data.length === 0) return;
    if (this._closing) return;
    const chunk = typeof data === "string" ? Buffer.from(data) : data;
    if (this._target.writableObjectMode) this._pieces += chunk.length;
    this._target.write(chunk, this._target.writableObjectMode ? this._written(chunk.length) : this._onWritten);
    // It may know already that nobody reads, though it tells of it later.
    const { errored } = this._target;
    if (errored) this._lose(streamError(errored, "writing to a pipe"));
    else this._marks.grown(this.getWriteBufferSize());
  }

  override writeLines(list: Iterable<Uint8Array | string>): void {
    for (const data of list) this.write(data);
  }

  override canWriteEof(): boolean {
    return true;
  }

  /** As there is no other half, it closes. */
  override writeEof(): void {
    this.close();
  }

  override close(): void {
    if (this._closing) return;
    this._closing = true;
    const target = this._target;
    const flushed = (error?: Error | null) =>
      this._fromHost(() => this._lose(error ? streamError(error, "writing to a pipe") : null));
    // Others write to those, console.log for one.
    if (target === process.stdout || target === process.stderr) target.write("", flushed);
    else target.end(flushed);
  }

  override isClosing(): boolean {
    return this._closing;
  }

  override abort(): void {
    this._closing = true;
    this._lose(null);
  }

  override setWriteBufferLimits(limits: MarkOptions = {}): void {
    this._marks.set(limits, this.getWriteBufferSize());
  }

  override getWriteBufferLimits(): FlowMarks {
    return { low: this._marks.low, high: this._marks.high };
  }

  override getWriteBufferSize(): number {
    if (this._lost) return 0;
    return this._target.writableObjectMode ? this._pieces : this._target.writableLength;
  }

  override toString(): string {
    const state = this._lost ? "closed" : this._closing ? "closing" : "open";
    return `<WritePipeTransport ${state}, ${this.getWriteBufferSize()} bytes wait>`;
  }

  private readonly _onWritten = (error?: Error | null): void => {
    // The event that follows says why; who waits in `drain()` is to hear that.
    if (error) this._dropped = true;
    else if (this._marks.paused) this._fromHost(() => this._shrunk());
  };

  private _written(bytes: number): (error?: Error | null) => void {
    return (error) => {
      this._pieces -= bytes;
      this._onWritten(error);
    };
  }

  /** A protocol whose transport is closing has no use for writing on, but who waits in `drain()` goes on. */
  private _shrunk(): void {
    if (!this._lost) this._marks.shrunk(this.getWriteBufferSize());
  }

  private readonly _onError = (error: Error): void => {
    this._fromHost(() => this._lose(streamError(error, "writing to a pipe")));
  };

  /** It was closed by somebody else, or by its other end; what an error says comes first. */
  private readonly _onClose = (): void => {
    this._fromHost(() => {
      const lostSome = this._dropped || this._target.writableLength > 0;
      this._lose(lostSome ? new BrokenPipeError("the pipe was closed while data waited to be written to it") : null);
    });
  };

  /** As that of ReadPipeTransport. */
  private _fromHost(fn: () => void): void {
    if (this._loop.isClosed()) this._target.destroy();
    else queueMicrotask(() => this._inLoop.call(fn));
  }

  private _lose(error: Error | null): void {
    if (this._lost) return;
    this._lost = true;
    this._closing = true;
    this._forgetLoop();
    this._letGo();
    this._loop.callSoon(() => this._protocol.connectionLost(error));
  }

  private _letGo(): void {
    const target = this._target;
    target.off("close", this._onClose);
    if (target === process.stdout || target === process.stderr) target.off("error", this._onError);
    else target.destroy();
  }
}
