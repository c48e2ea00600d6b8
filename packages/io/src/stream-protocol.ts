import { type Coroutine, Event, from, isCoroutine } from "yieldfrom";
import { DrainGate } from "./drain-gate.ts";
import { Protocol } from "./protocols.ts";
import type { StreamReader } from "./stream-reader.ts";
import { StreamWriter, type WriterProtocol } from "./stream-writer.ts";
import type { Keeper } from "./transport-parts.ts";
import type { Transport } from "./transports.ts";

/**
 * What `startServer` calls for each client. A coroutine that it returns becomes a task, and a Promise is waited for by one.
 */
export type ClientConnected = (reader: StreamReader, writer: StreamWriter) => unknown;

/**
 * Joins a StreamReader, and of servers a StreamWriter, to a transport. Source: asyncio `StreamReaderProtocol`.
 *
 * A task made of `clientConnected` that fails is reported to the loop's exception handler, and the connection closed; one that
 * is cancelled closes it silently. One that ends well leaves it: whoever serves closes the writer.
 */
export class StreamReaderProtocol extends Protocol implements WriterProtocol {
  /** @internal */ readonly _reader: StreamReader;
  private readonly _clientConnected: ClientConnected | null;
  private readonly _gate = new DrainGate();
  private readonly _lost = new Event();
  private _lostBy: Error | null = null;
  private _overTls = false;

  /** @param clientConnected called with the reader and a new writer once the connection is there */
  constructor(reader: StreamReader, clientConnected: ClientConnected | null = null) {
    super();
    this._reader = reader;
    this._clientConnected = clientConnected;
  }

  override connectionMade(transport: Transport): void {
    this._overTls = transport.getExtraInfo("sslContext") !== undefined;
    this._reader.setTransport(transport);
    if (this._clientConnected !== null) this._serve(this._clientConnected, transport);
  }

  override connectionLost(error: Error | null): void {
    if (error === null) this._reader.feedEof();
    else this._reader.setException(error);
    this._lostBy = error;
    this._lost.set();
    this._gate.lose(error);
  }

  override dataReceived(data: Buffer): void {
    this._reader.feedData(data);
  }

  override eofReceived(): boolean {
    this._reader.feedEof();
    return !this._overTls;
  }

  override pauseWriting(): void {
    this._gate.pause();
  }

  override resumeWriting(): void {
    this._gate.resume();
  }

  /** For StreamWriter: waits while writing is paused. @throws ConnectionResetError if the connection is lost */
  drainHelper(): Coroutine<void> {
    return this._gate.wait();
  }

  /** For StreamWriter: whether there is nothing to wait for. */
  drainsNow(): boolean {
    return this._gate.isOpen;
  }

  /** For StreamWriter: waits until the connection is lost. @throws what it was lost by */
  *closeWaiter(): Coroutine<void> {
    if (!this._lost.isSet()) yield* this._lost.wait();
    if (this._lostBy !== null) throw this._lostBy;
  }

  /** @internal Whether it is the server's end of a connection. */
  get _isServer(): boolean {
    return this._clientConnected !== null;
  }

  /** @internal After `startTls`. */
  _replaceTransport(transport: Transport): void {
    this._overTls = transport.getExtraInfo("sslContext") !== undefined;
    this._reader._replaceTransport(transport);
  }

  private _serve(clientConnected: ClientConnected, transport: Transport): void {
    const loop = transport.getLoop();
    const failed = (exception: unknown) => {
      const message = "unhandled exception in the function given to startServer(), whose connection is closed now";
      loop.callExceptionHandler({ message, exception, transport, protocol: this });
      transport.close();
    };
    try {
      const answer = clientConnected(this._reader, new StreamWriter(transport, this, this._reader));
      const work = isCoroutine(answer) ? answer : isThenable(answer) ? from(answer) : null;
      if (work === null) return;
      const serving = loop.createTask(work);
      keeperOf(transport)?._employ(serving);
      serving.addDoneCallback((task) => {
        if (task.cancelled()) transport.close();
        else if (task.exception() !== null) failed(task.exception());
      });
    } catch (exception) {
      failed(exception);
    }
  }
}

/** The server whose connection this is. */
function keeperOf(transport: Transport): Keeper | undefined {
  return "_keptBy" in transport ? (transport._keptBy as Keeper | undefined) : undefined;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
