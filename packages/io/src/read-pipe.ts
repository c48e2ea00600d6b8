import process from "node:process";
import type { Readable } from "node:stream";
import { type EventLoop, HostCallback } from "yieldfrom";
import { asBuffer } from "./byte-queue.ts";
import { ConnectionResetError } from "./errors.ts";
import { whenClosed } from "./loop-end.ts";
import { streamError } from "./os-errors.ts";
import type { BaseProtocol, Protocol } from "./protocols.ts";
import { ReadTransport } from "./transports.ts";

/** Bytes that may wait for the loop to take them. A source that never waits itself would bring them without end. */
const MOST_ARRIVED = 262_144;

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
 *     source --data--> _arrived --HostCallback--> _deliver --> protocol
 */
export class ReadPipeTransport extends ReadTransport {
  private readonly _loop: EventLoop;
  private readonly _source: Readable;
  private readonly _extra: Readonly<Record<string, unknown>>;
  private readonly _onPause: (() => void) | undefined;
  private readonly _inLoop: HostCallback<() => void>;
  private readonly _forgetLoop: () => void;
  private _protocol: BaseProtocol;
  private _arrived: Buffer[] = [];
  private _arrivedBytes = 0;
  private _ended = false;
  private _failure: Error | null = null;
  private _delivering = false;
  private _paused = false;
  private _closing = false;
  private _started = false;

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
    this._inLoop = new HostCallback(loop, (fn) => fn());
    this._forgetLoop = whenClosed(loop, () => this.close());
    this._listen(source);
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
    this._source.pause();
    this._onPause?.();
  }

  override resumeReading(): void {
    if (this._closing || !this._paused) return;
    this._paused = false;
    if (!this._started) return;
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

  /** From the first moment, as a child's streams flow when it has ended, whoever listens. */
  private _listen(source: Readable): void {
    source.pause();
    source.on("error", this._onError);
    source.on("data", this._onData);
    source.on("end", this._onEnd);
    source.on("close", this._onClose);
    if (source.readableEnded) this._onEnd();
    else if (source.destroyed) this._onError(source.errored ?? cutOff());
  }

  private _start(): void {
    this._started = true;
    if (this._closing) return;
    this._soon();
    if (!this._paused) this._source.resume();
  }

  private readonly _onData = (chunk: unknown): void => {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : asBuffer(chunk);
      this._arrived.push(bytes);
      this._arrivedBytes += bytes.length;
      this._soon();
    } else this._fail(new TypeError(`a stream that is read from gave ${typeof chunk}: bytes or strings are needed`));
    if (this._paused || !this._started || this._arrivedBytes > MOST_ARRIVED) this._source.pause();
  };

  private readonly _onEnd = (): void => {
    this._ended = true;
    this._soon();
  };

  private readonly _onError = (error: Error): void => {
    if (!this._ended) this._fail(streamError(error, "reading from a pipe"));
  };

  private readonly _onClose = (): void => {
    if (!this._ended) this._fail(cutOff());
  };

  private _fail(error: Error): void {
    this._failure ??= error;
    this._soon();
  }

  private _soon(): void {
    if (this._delivering || this._closing) return;
    this._delivering = true;
    this._fromHost(this._deliver);
  }

  /** By a microtask, since a stream that is written in JavaScript may tell from within anybody's call, and of much at a time. */
  private _fromHost(fn: () => void): void {
    if (this._loop.isClosed()) this._source.destroy();
    else queueMicrotask(() => this._inLoop.call(fn));
  }

  private readonly _deliver = (): void => {
    this._delivering = false;
    if (!this._started) return;
    this._deliverArrived();
    // What came before it was handed on, if anybody takes it. An error need not wait until somebody does.
    if (this._failure !== null) this._close(this._failure);
    if (this._paused || this._closing) return;
    if (!this._ended) {
      if (this._source.isPaused()) this._source.resume();
      return;
    }
    this._call("eofReceived");
    this._close(null);
  };

  /** The protocol may pause reading with any of them, and more may arrive. */
  private _deliverArrived(): void {
    let next = 0;
    while (next < this._arrived.length && !this._paused && !this._closing) {
      const chunk = this._arrived[next++]!;
      this._arrivedBytes -= chunk.length;
      if (chunk.length > 0) this._call("dataReceived", chunk);
    }
    this._arrived.splice(0, next);
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
    this._forgetLoop();
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
