import type { Socket } from "node:net";
import { type EventLoop, HostCallback, RuntimeError, TimeoutError, type TimerHandle } from "yieldfrom";
import { formatAddress } from "./addresses.ts";
import { putInto } from "./buffered.ts";
import { END, Incoming } from "./incoming.ts";
import { whenClosed } from "./loop-end.ts";
import { isOsError, osError } from "./os-errors.ts";
import { Outgoing } from "./outgoing.ts";
import type { BaseProtocol, BufferedProtocol, Protocol } from "./protocols.ts";
import type { Keeper, TransportParts } from "./transport-parts.ts";
import { type ExtraInfo, Transport } from "./transports.ts";
import { type FlowMarks, type MarkOptions, WriteMarks } from "./write-marks.ts";

/** Writes to a connection that is lost after which the program is told that it does not look. */
const MOST_IN_VAIN = 5;

type HostEvent = Buffer | typeof END | (() => void);

/**
 * A connection by one of Node's sockets: TCP, Unix, or TLS over either.
 *
 * Whatever Node tells comes in by `_events`, so that protocols are called in the loop, in order, and in the context in which
 * the connection was made. States: open -> closing (`_closing`: nothing is read any more, what waits is sent) -> lost (`_lost`:
 * nothing is sent any more, `connectionLost` is called in the next iteration). None is ever skipped.
 *
 * Source: asyncio `_SelectorSocketTransport`; over TLS its `SSLProtocol`.
 */
export class SocketTransport extends Transport {
  /** @internal */ readonly _socket: Socket;
  private readonly _loop: EventLoop;
  private readonly _extra: Readonly<Partial<ExtraInfo>>;
  private readonly _keeper: Keeper | undefined;
  private readonly _isTls: boolean;
  private readonly _shutdownTimeout: number;
  private readonly _events: HostCallback<HostEvent>;
  private readonly _incoming: Incoming;
  private readonly _outgoing: Outgoing;
  private readonly _marks = new WriteMarks(this);
  private _protocol!: BaseProtocol;
  private _isBuffered = false;
  private _closing = false;
  private _lost = false;
  private _paused = false;
  /** What came when reading was paused already. */
  private _held: HostEvent[] = [];
  private _hasEnded = false;
  private _eofWritten = false;
  private _inVain = 0;
  /** Runs while the other end is waited for to say good-bye. */
  private _goodbye: TimerHandle | null = null;
  private _isUpgrading = false;
  /** What took its place: by `startTls`. */
  private _successor: SocketTransport | null = null;
  private readonly _forgetLoopEnd: () => void;

  constructor({ loop, socket, protocol, extra, keeper, sslShutdownTimeout }: TransportParts) {
    super();
    this._loop = loop;
    this._socket = socket;
    this._extra = extra;
    this._keeper = keeper;
    this._isTls = sslShutdownTimeout !== undefined;
    this._shutdownTimeout = sslShutdownTimeout ?? 0;
    this.setProtocol(protocol);
    this._events = new HostCallback(loop, (event) => this._happened(event));
    this._outgoing = new Outgoing(socket, this);
    this._incoming = new Incoming(socket, this);
    socket.on("error", this._onError);
    socket.on("close", this._onClose);
    this._forgetLoopEnd = whenClosed(loop, () => this._loopClosed());
    keeper?._attach(this);
  }

  /** @internal Has the protocol told of the connection, in the next iteration, and only then starts to read. */
  _begin(): void {
    this._loop.callSoon(() => {
      try {
        this._protocol.connectionMade(this);
      } catch (error) {
        this._failed(error, "protocol.connectionMade() failed");
      }
    });
    this._loop.callSoon(() => this._startReading());
  }

  override getLoop(): EventLoop {
    return this._loop;
  }

  override getExtraInfo(name: string, fallback?: unknown): never {
    // The abstract method has the types; which value has which can't be told here.
    return (name in this._extra ? this._extra[name as keyof ExtraInfo] : fallback) as never;
  }

  override getProtocol(): BaseProtocol {
    return this._protocol;
  }

  override setProtocol(protocol: BaseProtocol): void {
    this._protocol = protocol;
    this._isBuffered = "getBuffer" in protocol;
  }

  override isClosing(): boolean {
    return this._successor?.isClosing() ?? this._closing;
  }

  override isReading(): boolean {
    return !this._closing && !this._paused;
  }

  override pauseReading(): void {
    if (this._closing || this._paused) return;
    this._paused = true;
    this._incoming.stop();
  }

  override resumeReading(): void {
    if (this._closing || !this._paused) return;
    this._paused = false;
    if (this._held.length > 0) this._loop.callSoon(() => this._deliverHeld());
    else this._startReading();
  }

  override write(data: Uint8Array | string): void {
    const bytes = bytesOf(data);
    if (this._isInVain() || bytes.length === 0) return;
    this._outgoing.send(bytes);
    if (this._outgoing.size > this._marks.high) this._marks.grown(this._outgoing.size);
  }

  override writeLines(list: Iterable<Uint8Array | string>): void {
    const pieces: Uint8Array[] = [];
    for (const data of list) {
      const bytes = bytesOf(data);
      if (bytes.length > 0) pieces.push(bytes);
    }
    if (this._isInVain()) return;
    this._outgoing.sendAll(pieces);
    this._marks.grown(this._outgoing.size);
  }

  override canWriteEof(): boolean {
    return !this._isTls;
  }

  override writeEof(): void {
    if (this._isTls) {
      throw new RuntimeError(
        `writeEof() on ${this}: TLS can't end one half of a connection; close() it, or agree on an end`,
      );
    }
    if (this._closing || this._eofWritten) return;
    this._eofWritten = true;
    if (this._outgoing.size === 0) this._socket.end();
  }

  override setWriteBufferLimits(limits: MarkOptions = {}): void {
    this._marks.set(limits, this._outgoing.size);
  }

  override getWriteBufferLimits(): FlowMarks {
    const { low, high } = this._marks;
    return { low, high };
  }

  override getWriteBufferSize(): number {
    return this._outgoing.size;
  }

  override close(): void {
    if (this._successor !== null) {
      this._successor.close();
      return;
    }
    if (this._closing) return;
    this._stopReading();
    if (this._isTls) this._sayGoodbye();
    else if (this._outgoing.size === 0 || this._isUpgrading) this._lose(null);
  }

  override abort(): void {
    if (this._successor !== null) this._successor.abort();
    else this._lose(null);
  }

  override toString(): string {
    const { peername, sockname } = this._extra;
    const state = this._lost ? "closed" : this._closing ? "closing" : this._paused ? "paused" : "reading";
    const waiting = this._outgoing.size > 0 ? `, ${this._outgoing.size} bytes wait` : "";
    const kind = this._isTls ? "TLS" : "";
    return `<${kind}SocketTransport ${formatAddress(sockname)} -> ${formatAddress(peername)} ${state}${waiting}>`;
  }

  /** @internal */
  received(event: HostEvent): void {
    this._events.call(event);
  }

  /** @internal */
  progressed(): void {
    const { size } = this._outgoing;
    const isNews = size === 0 ? this._closing || this._eofWritten : false;
    if (isNews || (this._marks.paused && size <= this._marks.low)) this._events.call(this._haveSent);
  }

  /** @internal */
  sendFailed(error: Error, now: boolean): void {
    const fail = () => this._failed(error, "sending failed");
    if (now) this._loop.callSoon(fail);
    else this._events.call(fail);
  }

  /** @internal Leaves the socket to TLS, which reads and writes from here on. Gives what came and nobody has seen. */
  _beginUpgrade(): Buffer[] {
    this._paused = true;
    this._isUpgrading = true;
    this._incoming.release();
    this._socket.off("close", this._onClose);
    return this._held.splice(0).filter((event) => Buffer.isBuffer(event));
  }

  /** @internal TLS is set up; it has a transport of its own. */
  _endUpgrade(successor: SocketTransport): void {
    this._successor = successor;
    this._closing = true;
    this._lost = true;
    this._forget();
  }

  /** @internal It is not, and never will be. */
  _failUpgrade(error: Error | null): void {
    this._lose(error);
  }

  /** @internal The server it belongs to. */
  get _keptBy(): Keeper | undefined {
    return this._keeper;
  }

  /** @internal */
  _startReading(): void {
    if (this._closing || this._paused) return;
    this._incoming.start();
    this._incoming.takeBuffered();
  }

  private _stopReading(): void {
    this._closing = true;
    this._incoming.stop();
    this._held = [];
  }

  private _happened(event: HostEvent): void {
    if (typeof event === "function") {
      event();
      return;
    }
    if (this._paused || this._held.length > 0) this._held.push(event);
    else this._take(event);
    if (event !== END) this._incoming.seen(event.length);
  }

  private _take(event: Buffer | typeof END): void {
    if (this._closing) {
      // Over TLS the other end's good-bye is waited for.
      if (event === END) this._lose(null);
    } else if (event === END) this._end();
    else this._deliver(event);
  }

  private _deliverHeld(): void {
    while (this._held.length > 0 && !this._paused && !this._closing) this._take(this._held.shift() as Buffer | null);
    this._startReading();
  }

  private _deliver(chunk: Buffer): void {
    try {
      if (!this._isBuffered) (this._protocol as Protocol).dataReceived(chunk);
      else {
        const rest = putInto(this._protocol as BufferedProtocol, chunk, () => this.isReading());
        if (rest.length > 0 && !this._closing) this._held.unshift(rest);
      }
    } catch (error) {
      const method = this._isBuffered ? "getBuffer() or bufferUpdated()" : "dataReceived()";
      this._failed(error, `protocol.${method} failed`);
    }
  }

  private _end(): void {
    this._hasEnded = true;
    let keepOpen: boolean | undefined;
    try {
      keepOpen = (this._protocol as Protocol).eofReceived?.() as boolean | undefined;
    } catch (error) {
      this._failed(error, "protocol.eofReceived() failed");
      return;
    }
    if (!keepOpen || this._isTls) this.close();
  }

  /** `null`: there is nothing to send, or nowhere to send it to. */
  /** Whether a write is dropped, as the connection is lost. @throws RuntimeError after `writeEof()` */
  private _isInVain(): boolean {
    if (this._eofWritten) throw new RuntimeError(`write() on ${this} after writeEof()`);
    if (!this._lost) return false;
    if (++this._inVain === MOST_IN_VAIN) {
      const message = `write() on ${this} again and again: it is lost, and what is written is dropped; drain() throws then, isClosing() tells`;
      this._loop.callExceptionHandler({ message, transport: this, protocol: this._protocol });
    }
    return true;
  }

  private readonly _haveSent = (): void => {
    // It may write more.
    this._marks.shrunk(this._outgoing.size);
    if (this._outgoing.size > 0 || this._lost) return;
    if (this._closing) {
      if (!this._isTls) this._lose(null);
      else if (!this._socket.writableEnded) this._sayGoodbye();
    } else if (this._eofWritten) this._socket.end();
  };

  /** Over TLS: says that this is the end, when all is sent, and waits for the other end to say the same. */
  private _sayGoodbye(): void {
    this._goodbye ??= this._loop.callLater(this._shutdownTimeout, () => {
      const message = `${this} was closed, and the other end has not taken what was sent, or not said good-bye, in ${this._shutdownTimeout} ms`;
      this._failed(new TimeoutError(message), "closing failed");
    });
    if (this._outgoing.size > 0) return;
    if (this._hasEnded) this._socket.end(() => this._events.call(() => this._lose(null)));
    else {
      this._socket.end();
      this._incoming.start();
    }
  }

  private readonly _onError = (error: Error): void => {
    this._events.call(() => this._failed(error, "the connection is lost"));
  };

  private readonly _onClose = (): void => {
    this._events.call(() => this._lose(null));
  };

  /** A fatal error: of the system, or of the protocol, which is told to the exception handler. */
  private _failed(error: unknown, what: string): void {
    if (this._lost) return;
    const isOs = isOsError(error);
    if (!(isOs || error instanceof TimeoutError) || this._loop.getDebug()) {
      const message = `${what}, and the connection is closed now`;
      this._loop.callExceptionHandler({ message, exception: error, transport: this, protocol: this._protocol });
    }
    const reason = isOs ? osError(error, what, { address: formatAddress(this._extra.peername) }) : error;
    this._lose(reason instanceof Error ? reason : new Error(String(reason)));
  }

  private _lose(error: Error | null): void {
    if (this._lost) return;
    this._lost = true;
    this._stopReading();
    this._outgoing.clear();
    this._goodbye?.cancel();
    this._loop.callSoon(() => {
      try {
        this._protocol.connectionLost(error);
      } finally {
        this._socket.destroy();
        this._forget();
      }
    });
  }

  private _forget(): void {
    this._forgetLoopEnd();
    this._keeper?._detach(this);
  }

  /** Nobody would be told of anything any more, and the socket would keep the process alive. */
  private _loopClosed(): void {
    this._socket.destroy();
    this._keeper?._detach(this);
    if (this._closing) return;
    const message = `${this} was never closed, and its loop is closed now; write close() in a finally, or \`using\``;
    this._loop.callExceptionHandler({ message, transport: this, protocol: this._protocol });
  }
}

function bytesOf(data: Uint8Array | string): Uint8Array {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  if (bytes instanceof Uint8Array) return bytes;
  throw new TypeError(`Expected \`data\` to be a Uint8Array or a string, got ${typeof data}`);
}
