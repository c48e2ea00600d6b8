import type { Socket } from "node:net";
import { buildConnector } from "undici";
import { type Coroutine, Semaphore } from "yieldfrom";
import { Connection, type Dial } from "./connection.ts";
import { ClientConnectionError } from "./errors.ts";

/** How many connections a session may use at a time. Source: aiohttp `TCPConnector`. */
export interface ConnectorOptions {
  /** To all hosts together; 0 for no limit. Default: 100. */
  readonly limit?: number;
  /** To one host, which is scheme, name and port; 0 for no limit. Default: 0. */
  readonly limitPerHost?: number;
}

/** What is known of one origin; forgotten when nobody needs it and no connection is left. */
interface Host {
  readonly origin: string;
  readonly places: Semaphore | null;
  /** Used last, taken first: so the others get to their idle timeout. */
  readonly idle: Connection<Host>[];
  /** Who waits for a place or holds one. */
  users: number;
}

/**
 * Shares connections out. Source: aiohttp `BaseConnector`.
 *
 * C1. Who has a connection holds a place of its host and one of the whole; they are given back together, when the
 *     response's body has come to its end or the exchange has failed.
 * C2. Places are given first to who came first. The host's is taken before the whole's, so nobody who waits for a
 *     busy host holds up the others.
 * C3. An idle connection holds no place, and keeps no process alive.
 */
export class Connector {
  private readonly _limitPerHost: number;
  private readonly _places: Semaphore | null;
  private readonly _hosts = new Map<string, Host>();
  private readonly _connections = new Set<Connection<Host>>();
  private readonly _open = buildConnector({ allowH2: false, timeout: 0 });
  private readonly _sockets = new Set<Socket>();
  private _whenNoSocket: (() => void)[] = [];
  private _closed = false;

  /** @throws RangeError for a limit that is not a whole number of at least 0 */
  constructor({ limit = 100, limitPerHost = 0 }: ConnectorOptions) {
    this._limitPerHost = wholeNumber("connector.limitPerHost", limitPerHost);
    this._places = wholeNumber("connector.limit", limit) === 0 ? null : new Semaphore(limit);
  }

  /** Whether `acquire` would have to wait. */
  isFull(origin: string): boolean {
    return (this._hosts.get(origin)?.places?.locked() ?? false) || (this._places?.locked() ?? false);
  }

  /** Waits for a place and takes it, with a connection: an idle one unless `fresh`. `null`: closed meanwhile. */
  *acquire(origin: string, fresh: boolean): Coroutine<Connection<Host> | null> {
    const host = this._hostOf(origin);
    host.users++;
    try {
      yield* this._takePlaces(host);
    } catch (error) {
      this._leave(host);
      throw error;
    }
    if (this._closed) {
      this._givePlacesBack(host);
      return null;
    }
    const idle = fresh ? undefined : host.idle.pop();
    if (idle !== undefined) return idle;
    const connection = new Connection(host, this);
    this._connections.add(connection);
    return connection;
  }

  /** Aborts every exchange and closes every connection at once. Resolves when no socket is left. */
  close(): Promise<void> {
    this._closed = true;
    for (const connection of [...this._connections]) {
      const { exchange } = connection;
      exchange?.abort(new ClientConnectionError(exchange, exchange.phase, "the session was closed"));
      this._drop(connection);
    }
    if (this._sockets.size === 0) return Promise.resolve();
    return new Promise((resolve) => this._whenNoSocket.push(resolve));
  }

  released(connection: Connection<Host>, reusable: boolean): void {
    const { host } = connection;
    if (reusable) host.idle.push(connection);
    else this._drop(connection);
    this._givePlacesBack(host);
  }

  lost(connection: Connection<Host>): void {
    this._drop(connection);
  }

  /** For example `hosts=1 connections=3 idle=2`: what it keeps. */
  toString(): string {
    let idle = 0;
    for (const host of this._hosts.values()) idle += host.idle.length;
    return `hosts=${this._hosts.size} connections=${this._connections.size} idle=${idle}`;
  }

  readonly dial: Dial = (options, callback) => {
    // undici's connector returns its socket, which its types leave out.
    const socket = (this._open as unknown as Dial)(options, callback);
    this._sockets.add(socket);
    socket.once("close", () => {
      this._sockets.delete(socket);
      if (this._sockets.size > 0) return;
      for (const resolve of this._whenNoSocket) resolve();
      this._whenNoSocket = [];
    });
    return socket;
  };

  private *_takePlaces(host: Host): Coroutine<void> {
    if (host.places !== null) yield* host.places.acquire();
    try {
      if (this._places !== null) yield* this._places.acquire();
    } catch (error) {
      host.places?.release();
      throw error;
    }
  }

  private _givePlacesBack(host: Host): void {
    host.places?.release();
    this._places?.release();
    this._leave(host);
  }

  private _drop(connection: Connection<Host>): void {
    if (!this._connections.delete(connection)) return;
    const { idle } = connection.host;
    const index = idle.indexOf(connection);
    if (index !== -1) idle.splice(index, 1);
    connection.destroy();
    this._forgetUnused(connection.host);
  }

  private _hostOf(origin: string): Host {
    let host = this._hosts.get(origin);
    if (host === undefined) {
      const places = this._limitPerHost === 0 ? null : new Semaphore(this._limitPerHost);
      host = { origin, places, idle: [], users: 0 };
      this._hosts.set(origin, host);
    }
    return host;
  }

  private _leave(host: Host): void {
    host.users--;
    this._forgetUnused(host);
  }

  private _forgetUnused(host: Host): void {
    if (host.users === 0 && host.idle.length === 0) this._hosts.delete(host.origin);
  }
}

function wholeNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value;
  throw new RangeError(`Expected \`${name}\` to be a whole number of at least 0 (0: no limit), got ${value}`);
}
