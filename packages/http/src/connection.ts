import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type buildConnector, Client, type Dispatcher, errors } from "undici";
import type { Exchange } from "./exchange.ts";
import type { Hop } from "./hop.ts";
import type { Host } from "./hosts.ts";
import { reportResets } from "./stream-resets.ts";

/** Who owns connections. */
export interface Owner {
  /** Milliseconds that an unused connection is kept. */
  readonly keepaliveTimeout: number;
  /** Whether a connection serves one exchange only. */
  readonly forceClose: boolean;
  /** @internal One of the connection's exchanges has ended; `reusable`: as it should. */
  released(connection: Connection, reusable: boolean): void;
  /** @internal The connection was closed. */
  lost(connection: Connection): void;
}

/** Streams at a time on one HTTP/2 connection; undici sends no more than the server allows. */
const MOST_STREAMS = 100;

/** Why undici can't have another socket. It asks for one when the first was closed before it sent a request. */
export class Gone extends Error {
  override readonly name = "Gone";
  constructor() {
    super("the kept connection was closed");
  }
}

/**
 * One connection to one host: its socket, and undici's Client on top of it, which speaks HTTP.
 *
 * undici's Agent and Pool would open sockets and share them out by themselves, but say nothing of which socket is made
 * for which request, and hold a request that is aborted while it connects. So sockets are opened by the Connector, and
 * a Client is given one that is ready, and never another.
 */
export class Connection {
  readonly host: Host;
  /** HTTP/2: several exchanges at a time. */
  readonly isMultiplexed: boolean;
  /** Whether it has served an exchange to its end. */
  used = false;
  /** Exchanges it serves, or is promised to. */
  users = 0;
  /** The one it serves; of several, any. */
  exchange: Exchange | null = null;
  /** What an HTTP/2 connection serves. */
  readonly exchanges: Set<Exchange> | null;
  private readonly _owner: Owner;
  /** Controllers of streams that are about to be ended; null for HTTP/1.1. */
  private readonly _givenUp: Set<Dispatcher.DispatchController> | null;
  private readonly _client: Client;
  private readonly _socket: Socket;
  private _isGone = false;

  /** @param socket connected, after TLS */
  constructor(host: Host, socket: Socket, owner: Owner) {
    this.host = host;
    this._owner = owner;
    this._socket = socket;
    this.isMultiplexed = (socket as TLSSocket).alpnProtocol === "h2";
    this.exchanges = this.isMultiplexed ? new Set() : null;
    this._givenUp = this.isMultiplexed ? new Set() : null;
    if (this.isMultiplexed) reportResets(socket);
    const { keepaliveTimeout } = owner;
    this._client = new Client(host.clientOrigin, {
      allowH2: this.isMultiplexed,
      // What a server says of how long it keeps a connection may shorten this, not lengthen it.
      keepAliveTimeout: Math.max(1, keepaliveTimeout),
      keepAliveMaxTimeout: Math.max(1, keepaliveTimeout),
      connect: onceOnly(socket),
    });
    this._client.on("disconnect", () => {
      this._isGone = true;
      owner.lost(this);
    });
  }

  /** Whether it can take no further exchange. */
  get isGone(): boolean {
    return this._isGone || this._socket.destroyed || this._socket.readableEnded;
  }

  /** Whether another exchange may begin beside those there are. */
  get hasRoom(): boolean {
    return this.users < (this.isMultiplexed ? MOST_STREAMS : 1) && !this.isGone;
  }

  /** Has undici send the exchange's request, and call the exchange back. */
  send(exchange: Exchange): void {
    this.exchange = exchange;
    this.exchanges?.add(exchange);
    const { hop } = exchange;
    const { host } = this;
    const options: Dispatcher.DispatchOptions & { servername?: string } = {
      method: hop.method,
      path: hop.path,
      headers: hop.flatHeaders,
      body: (hop.body?.data ?? null) as string | Uint8Array | null,
      // undici's own timeouts are a second late; ours are the Exchange's.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    if (this._owner.forceClose && !this.isMultiplexed) options.reset = true;
    // For another name, which a Host header would make of it, undici would want another socket.
    if (host.secure) options.servername = host.serverHostname;
    if (host.proxy !== null) throughProxy(options, hop, host);
    this._client.dispatch(options, exchange);
  }

  /** `exchange` has ended, or what it was promised to (null) was never begun; `reusable`: as it should. */
  release(exchange: Exchange | null, reusable: boolean): void {
    this.users--;
    if (exchange !== null) {
      this.used = true;
      this.exchanges?.delete(exchange);
    }
    if (this.exchange === exchange) this.exchange = null;
    this._owner.released(this, reusable);
  }

  /**
   * Ends a stream of an HTTP/2 connection, which goes on. Not in the turn in which it was sent: undici then destroys it
   * before it has told the server.
   */
  giveUpStream(controller: Dispatcher.DispatchController): void {
    if (this._givenUp === null) return;
    this._givenUp.add(controller);
    setImmediate(() => {
      if (this._givenUp?.delete(controller)) giveUp(controller);
    });
  }

  /** Every exchange under way. */
  underWay(): Exchange[] {
    if (this.exchanges !== null) return [...this.exchanges];
    return this.exchange === null ? [] : [this.exchange];
  }

  /** Closes the socket now. */
  destroy(): void {
    for (const controller of this._givenUp ?? []) giveUp(controller);
    this._givenUp?.clear();
    // The socket first: undici would do it with an error, which HTTP/2 streams that have ended throw at nobody.
    this._socket.destroy();
    this._client.destroy(noop);
  }
}

/** For a Client: gives it `socket`, and no other. Not at once, which it does not expect. */
export function onceOnly(socket: Socket): buildConnector.connector {
  let isTaken = false;
  return (_, callback) => {
    queueMicrotask(isTaken ? () => callback(new Gone(), null) : () => callback(null, socket));
    isTaken = true;
  };
}

/** What a proxy changes: credentials for it reach it alone. An http proxy answers itself (RFC 9112 section 3.2.2). */
function throughProxy(options: Dispatcher.DispatchOptions, hop: Hop, { origin, proxy, isForwarded }: Host): void {
  const given = hop.headers.has("proxy-authorization");
  if (!isForwarded) {
    if (given) options.headers = withoutProxyAuthorization(hop.flatHeaders);
    return;
  }
  options.path = origin + options.path;
  const headers = [...hop.flatHeaders]; // Others may be sent the same.
  if (!hop.headers.has("host")) headers.push("host", hop.target.host);
  if (proxy?.authorization !== undefined && !given) headers.push("proxy-authorization", proxy.authorization);
  options.headers = headers;
}

function withoutProxyAuthorization(headers: readonly string[]): string[] {
  return headers.filter((_, i) => headers[i - (i % 2)] !== "proxy-authorization");
}

/** By this error: undici takes any other for one of the whole connection. */
function giveUp(controller: Dispatcher.DispatchController): void {
  controller.abort(new errors.InformationalError("aborted"));
}

function noop(): void {}
