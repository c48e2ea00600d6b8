import type { Socket } from "node:net";
import type { TLSSocket, Server as TlsServer } from "node:tls";
import { type EventLoop, HostCallback } from "yieldfrom";
import { transportOn } from "./establish.ts";
import { whenClosed } from "./loop-end.ts";
import type { BaseProtocol } from "./protocols.ts";
import type { Client, Server } from "./server.ts";
import { giveToTls, type ServerTls, tlsServer } from "./tls.ts";
import { tlsError } from "./tls-errors.ts";

/** Connections that may wait for the server to begin: as many as asyncio's backlog. */
const MOST_EARLY = 100;

/** What a server makes of the sockets it accepts. */
export interface ReceptionOptions {
  readonly loop: EventLoop;
  readonly factory: () => BaseProtocol;
  /** Of a Unix socket. */
  readonly path: string | null;
  readonly tls:
    | { readonly options: ServerTls; readonly handshakeTimeout: number; readonly shutdownTimeout: number }
    | undefined;
}

/** Where a server's connections arrive: makes a protocol and a transport for each, after TLS if that is wanted. */
export class Reception {
  /** Whose connections these are; set before the first can arrive. */
  server!: Server;
  private readonly _options: ReceptionOptions;
  private readonly _tls: TlsServer | null;
  /** Those that came before the server began to serve; null once it has. */
  private _early: Socket[] | null = [];
  private readonly _handshakes = new Map<Socket, Client>();
  /** To be held, or the loop's end is not heard of. */
  readonly forgetLoopEnd: () => void;

  constructor(options: ReceptionOptions) {
    this._options = options;
    // No handshake's end is heard of then, and its socket would keep the process alive.
    this.forgetLoopEnd = whenClosed(options.loop, () => {
      for (const raw of this._handshakes.keys()) raw.destroy();
    });
    const { tls } = options;
    this._tls = tls === undefined ? null : this._shakingHands(tlsServer(tls.options, tls.handshakeTimeout));
  }

  /** Lets in whoever came and comes. */
  open(): void {
    const early = this._early ?? [];
    this._early = null;
    for (const socket of early) this.arrive(socket);
  }

  /** The server was closed before it was opened. */
  close(): void {
    for (const socket of this._early ?? []) socket.destroy();
    this._early = null;
  }

  arrive(socket: Socket): void {
    if (socket.destroyed) return;
    if (this._early !== null) this._keepEarly(socket, this._early);
    else if (this._tls === null) this._welcome(socket, socket);
    else this._shakeHands(this._tls, socket);
  }

  /** Node listens from the beginning; as the system would with a full backlog, no more than so many are let wait. */
  private _keepEarly(socket: Socket, early: Socket[]): void {
    if (early.length < MOST_EARLY) early.push(socket);
    else socket.destroy();
  }

  private _welcome(socket: Socket, raw: Socket): void {
    const { factory } = this._options;
    try {
      const transport = transportOn(socket, factory(), { ...this._options, isServer: true, keeper: this.server });
      transport._begin();
    } catch (exception) {
      raw.destroy();
      const message = `${this.server}: no protocol could be made for a connection, which is closed now`;
      this._options.loop.callExceptionHandler({ message, exception });
    }
  }

  private _shakeHands(tls: TlsServer, raw: Socket): void {
    // It counts as a connection of the server, which is waited for and can be closed.
    const end = () => void raw.destroy();
    const client: Client = { close: end, abort: end };
    this._handshakes.set(raw, client);
    this.server._attach(client);
    raw.once("close", () => this._handshakeEnded(raw));
    giveToTls(raw, tls);
  }

  private _handshakeEnded(raw: Socket): void {
    const client = this._handshakes.get(raw);
    if (client === undefined) return;
    this._handshakes.delete(raw);
    this.server._detach(client);
  }

  private _shakingHands(tls: TlsServer): TlsServer {
    const { loop } = this._options;
    const done = new HostCallback<TLSSocket>(loop, (socket) => {
      const raw = rawOf(socket);
      if (!socket.destroyed) this._welcome(socket, raw);
      this._handshakeEnded(raw);
    });
    const failed = new HostCallback<[Error, TLSSocket]>(loop, ([error, socket]) => {
      const raw = rawOf(socket);
      raw.destroy();
      this._handshakeEnded(raw);
      if (!loop.getDebug()) return;
      const message = `${this.server}: a client failed at the TLS handshake`;
      loop.callExceptionHandler({ message, exception: tlsError(error, "", "accept a connection") });
    });
    tls.on("secureConnection", (socket) => {
      // What comes now is for the transport.
      socket.pause();
      done.call(socket);
    });
    tls.on("tlsClientError", (error, socket) => failed.call([error, socket]));
    return tls;
  }
}

/** The socket under TLS. Node says so nowhere else; without it `closeClients` could not tell a handshake from a connection. */
function rawOf(socket: TLSSocket): Socket {
  return (Reflect.get(socket, "_parent") as Socket | undefined) ?? socket;
}
