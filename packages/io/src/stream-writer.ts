import { type Coroutine, coroutine, type EventLoop, Operation, type Suspension, sleep } from "yieldfrom";
import type { BaseProtocol } from "./protocols.ts";
import { type StartTlsOptions, upgrade } from "./start-tls.ts";
import type { StreamReader } from "./stream-reader.ts";
import type { ClientTls, ServerTls } from "./tls.ts";
import type { ExtraInfo, Transport, WriteTransport } from "./transports.ts";

/** What a StreamWriter needs of its transport's protocol: StreamReaderProtocol has it. */
export interface WriterProtocol {
  /** Waits while writing is paused. Throws if the connection is lost. */
  drainHelper(): Coroutine<void>;
  /** Whether there is nothing to wait for now, so that `drainHelper` need not be called. */
  drainsNow?(): boolean;
  /** Waits until the connection is lost. Throws what it was lost by. */
  closeWaiter(): Coroutine<void>;
}

/**
 * Writes a stream of bytes. Source: asyncio `StreamWriter`.
 *
 * `write()` only hands over; `yield* writer.drain()` after it waits while too much is on its way. Close it at the end, by
 * `close()` and `yield* writer.waitClosed()`, or by `using`, which closes without waiting. One that is collected unclosed is
 * closed and reported to the loop's exception handler.
 */
export class StreamWriter implements Disposable {
  /** @internal */ readonly _loop: EventLoop;
  /** @internal */ readonly _protocol: WriterProtocol;
  /** @internal */ readonly _reader: StreamReader | null;
  private _transport: WriteTransport;

  constructor(transport: WriteTransport, protocol: WriterProtocol, reader: StreamReader | null) {
    this._transport = transport;
    this._protocol = protocol;
    this._reader = reader;
    this._loop = transport.getLoop();
    watch(this, transport);
  }

  /** The transport under it. */
  get transport(): WriteTransport {
    return this._transport;
  }

  /** @internal After `startTls`. */
  _replaceTransport(transport: WriteTransport): void {
    collected.unregister(this);
    this._transport = transport;
    watch(this, transport);
  }

  /**
   * Sends bytes, or a string in UTF-8: at once if possible, and keeps what can't be sent yet. Bytes must not be changed before
   * they are sent. What is written to a connection that is lost is dropped; `drain()` tells.
   * @throws RuntimeError after `writeEof()`
   */
  write(data: Uint8Array | string): void {
    this._transport.write(data);
  }

  /** The same for several pieces. */
  writeLines(list: Iterable<Uint8Array | string>): void {
    this._transport.writeLines(list);
  }

  /** Ends our half of the connection, once what waits is sent; the other end can still send. */
  writeEof(): void {
    this._transport.writeEof();
  }

  /** Whether `writeEof` is supported: it is not over TLS. */
  canWriteEof(): boolean {
    return this._transport.canWriteEof();
  }

  /** Sends what waits, then ends the connection. */
  close(): void {
    this._transport.close();
  }

  /** Whether it is closed, or on the way to that. */
  isClosing(): boolean {
    return this._transport.isClosing();
  }

  /** Waits until the connection is gone. @throws what it was lost by, if not by `close()` */
  waitClosed(): Coroutine<void> {
    return this._protocol.closeWaiter();
  }

  /** What is known of the connection, or `fallback`: see ExtraInfo. */
  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | undefined;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback?: unknown): unknown {
    return this._transport.getExtraInfo(name, fallback);
  }

  /**
   * Waits while more waits to be sent than the transport's high mark, until it is down to the low mark. It gives way for an
   * iteration if the connection is closing, so that a loop that only writes learns of its loss.
   * @throws the error that the connection was lost by; ConnectionResetError after any other end of it
   */
  drain(): Operation<void> {
    return new Drain(this);
  }

  /**
   * Puts TLS over the connection, once what waits is sent; reader and writer stay the same. The end that was made by
   * `startServer` is the server's. What came and was not read is taken as part of TLS. Source: asyncio `StreamWriter.start_tls`.
   *
   * ```text
   * yield* writer.startTls(true, { serverHostname: "mail.example" });
   * yield* writer.startTls({ cert, key }); // at the server's end
   * ```
   * @throws SSLError if TLS fails; the connection is lost then
   */
  startTls(ssl: ClientTls | ServerTls, options: Omit<StartTlsOptions, "serverSide"> = {}): Coroutine<void> {
    return startTls(this, ssl, options);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return `<StreamWriter ${this._transport}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** A drain, as `yield*` drives it. Most often there is nothing to wait for, and then it costs next to nothing. */
class Drain extends Operation<void> {
  declare private readonly _writer: StreamWriter;
  declare private _wait: Iterator<Suspension, void, unknown> | null;

  constructor(writer: StreamWriter) {
    super();
    this._wait = null;
    this._writer = writer;
  }

  override get _title(): string {
    return "StreamWriter.drain()";
  }

  override next(): IteratorResult<Suspension, void> {
    if (this._wait === null) {
      const writer = this._writer;
      const error = writer._reader?._exception;
      if (error) throw error;
      if (!writer.isClosing() && writer._protocol.drainsNow?.()) return { done: true, value: undefined };
      this._wait = drainSlowly(writer);
    }
    return this._wait.next();
  }

  override throw(error: unknown): IteratorResult<Suspension, void> {
    return this._wait?.throw?.(error) ?? super.throw(error);
  }
}

function* drainSlowly(writer: StreamWriter): Coroutine<void> {
  if (writer.isClosing()) yield* sleep(0);
  yield* writer._protocol.drainHelper();
}

const startTls = coroutine(function* startTls(
  writer: StreamWriter,
  ssl: ClientTls | ServerTls,
  options: StartTlsOptions,
): Coroutine<void> {
  const { _protocol: protocol, _reader: reader, transport } = writer;
  if (!isUpgradable(protocol) || reader === null) {
    throw new TypeError(`startTls() of ${writer}, whose protocol is no StreamReaderProtocol`);
  }
  yield* writer.drain();
  const early = reader._buffer.length > 0 ? reader._buffer.takeAll() : null;
  const upgraded = yield* upgrade(transport, protocol, ssl, { ...options, serverSide: protocol._isServer }, early);
  writer._replaceTransport(upgraded);
  protocol._replaceTransport(upgraded);
});

/** What a protocol must have besides for its writer's `startTls`: StreamReaderProtocol has it. */
interface Upgradable extends WriterProtocol, BaseProtocol {
  readonly _isServer: boolean;
  _replaceTransport(transport: Transport): void;
}

function isUpgradable(protocol: WriterProtocol): protocol is Upgradable {
  return "_replaceTransport" in protocol;
}

/** The transports of writers that nobody has any more; a transport does not hold its writer. */
const collected = new FinalizationRegistry<WriteTransport>((transport) => {
  const loop = transport.getLoop();
  if (transport.isClosing() || loop.isClosed()) return;
  const message = `a StreamWriter was never closed, and its connection is closed now: ${transport}; write writer.close() in a finally, or \`using\``;
  transport.close();
  loop.callExceptionHandler({ message, transport });
});

function watch(writer: StreamWriter, transport: WriteTransport): void {
  collected.register(writer, transport, writer);
}
