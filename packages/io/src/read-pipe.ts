import process from "node:process";
import type { Readable } from "node:stream";
import type { EventLoop } from "yieldfrom";
import { asBuffer } from "./byte-queue.ts";
import { ConnectionResetError } from "./errors.ts";
import { osErrorOf } from "./os-error.ts";
import type { BaseProtocol, Protocol } from "./protocols.ts";
import { ReadTransport } from "./transports.ts";

/** What else may happen to a pipe that is read. */
export interface ReadPipeHooks {
  /** `pauseReading` was called: nobody takes what comes. */
  readonly onPause?: (() => void) | undefined;
}

/**
 * Reads from a Node stream: the child's end of a pipe, a terminal, anything. Source: asyncio `_UnixReadPipeTransport`.
 *
 * Node tells of data in callbacks of its own. They are queued here and handed on by the loop, so that the protocol is called as
 * everything else is, and never while it has reading paused:
 *
 *     source --data--> _arrived --callSoon--> _deliver --> protocol
 */
export class ReadPipeTransport extends ReadTransport {
  private readonly _loop: EventLoop;
  private readonly _source: Readable;
  private readonly _extra: Readonly<Record<string, unknown>>;
  private readonly _onPause: (() => void) | undefined;
  private _protocol: BaseProtocol;
  private _arrived: Buffer[] = [];
  private _ended = false;
  private _delivering = false;
  private _paused = false;
  private _closing = false;
  private _listening = false;

  constructor(loop: EventLoop, source: Readable, protocol: BaseProtocol, hooks: ReadPipeHooks = {}) {
    super();
    if (source.readableEncoding !== null) {
      throw new TypeError("a stream with an encoding set can't be read from, as it gives strings: bytes are needed");
    }
    this._loop = loop;
    this._source = source;
    this._protocol = protocol;
    this._extra = { pipe: source };
    this._onPause = hooks.onPause;
    // From here on, or an error that comes before the protocol is connected would end the process.
    source.on("error", this._onError);
    loop.callSoon(() => this._protocol.connectionMade(this));
    loop.callSoon(() => this._start());
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

  override isReading(): boolean {
    return !this._paused && !this._closing;
  }

  override pauseReading(): void {
    if (!this.isReading()) return;
    this._paused = true;
    if (this._listening) this._source.pause();
    this._onPause?.();
  }

  override resumeReading(): void {
    if (this._closing || !this._paused) return;
    this._paused = false;
    if (!this._listening) return;
    this._soon();
    this._source.resume();
  }

  override close(): void {
    this._close(null);
  }

  override isClosing(): boolean {
    return this._closing;
  }

  override toString(): string {
    const state = this._closing ? "closing" : this._paused ? "paused" : "reading";
    return `<ReadPipeTransport ${state}>`;
  }

  private _start(): void {
    if (this._closing) return;
    const source = this._source;
    this._listening = true;
    if (source.readableEnded) this._onEnd();
    else if (source.destroyed) this._onError(source.errored ?? cutOff());
    else {
      source.on("data", this._onData);
      source.on("end", this._onEnd);
      source.on("close", this._onClose);
      if (this._paused) source.pause();
      else source.resume();
    }
  }

  private readonly _onData = (chunk: unknown): void => {
    // Node lets the streams of a child flow again when that has ended.
    if (this._paused) this._source.pause();
    if (typeof chunk === "string") this._arrived.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) this._arrived.push(asBuffer(chunk));
    else {
      this._fail(new TypeError(`a stream that is read from gave ${typeof chunk}: bytes or strings are needed`));
      return;
    }
    this._soon();
  };

  private readonly _onEnd = (): void => {
    this._ended = true;
    this._soon();
  };

  private readonly _onError = (error: Error): void => {
    if (!this._ended) this._fail(osErrorOf(error));
  };

  private readonly _onClose = (): void => {
    if (!this._ended) this._fail(cutOff());
  };

  /** What came before is handed on first, if anybody takes it. */
  private _fail(error: Error): void {
    this._fromHost(() => {
      if (!this._paused) this._deliver();
      this._close(error);
    });
  }

  private _soon(): void {
    if (this._delivering || this._closing) return;
    this._delivering = true;
    this._fromHost(() => this._deliver());
  }

  /** The source may tell of something when the loop is gone. */
  private _fromHost(fn: () => void): void {
    if (this._loop.isClosed()) this._source.destroy();
    else this._loop.callSoon(fn);
  }

  private _deliver(): void {
    this._delivering = false;
    for (let next = 0; next < this._arrived.length && !this._closing; ) {
      if (this._paused) {
        this._arrived.splice(0, next);
        return;
      }
      const chunk = this._arrived[next++]!;
      if (next === this._arrived.length) {
        this._arrived = [];
        next = 0;
      }
      if (chunk.length > 0) this._call("dataReceived", chunk);
    }
    if (!this._ended || this._paused || this._closing) return;
    this._call("eofReceived");
    this._close(null);
  }

  private _call(method: "dataReceived" | "eofReceived", ...data: Buffer[]): void {
    try {
      (this._protocol as Protocol)[method](...(data as [Buffer]));
    } catch (exception) {
      const message = `protocol.${method}() failed, so its pipe is closed`;
      this._loop.callExceptionHandler({ message, exception, transport: this, protocol: this._protocol });
      this._close(exception as Error);
    }
  }

  private _close(error: Error | null): void {
    if (this._closing) return;
    this._closing = true;
    this._arrived = [];
    this._letGo();
    if (!this._loop.isClosed()) this._loop.callSoon(() => this._protocol.connectionLost(error));
  }

  private _letGo(): void {
    const source = this._source;
    source.off("data", this._onData);
    source.off("end", this._onEnd);
    source.off("close", this._onClose);
    if (source === process.stdin) {
      // Others may want to read from it later. Paused it keeps no process alive.
      source.off("error", this._onError);
      source.pause();
    } else source.destroy();
  }
}

function cutOff(): ConnectionResetError {
  return new ConnectionResetError("the stream that is read from was closed before its end");
}
