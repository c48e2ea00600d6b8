import type { Socket } from "node:net";
import { type Coroutine, type EventLoop, type Future, RuntimeError } from "yieldfrom";
import { type Attempt, within } from "./attempt.ts";
import type { Step } from "./connect-failure.ts";
import { Connection, type Owner } from "./connection.ts";
import { type BaseConnectorOptions, type ConnectDeadline, wholeNumber } from "./connector-options.ts";
import { ClientConnectionError, ServerTimeoutError } from "./errors.ts";
import { Host, keyOf, type Route, type Sessions } from "./hosts.ts";
import { type Network, openSocket } from "./open-socket.ts";
import { Places } from "./places.ts";
import { checkSsl, type Ssl } from "./ssl.ts";
import type { Tracer } from "./tracing.ts";

/**
 * Shares connections out. Source: aiohttp `BaseConnector`.
 *
 * C1. A connection in use holds a place of its host and one of the whole; they are given back together, when the last of
 *     its exchanges has come to the end of its response's body or has failed. (HTTP/1.1: the only one.)
 * C2. Places are given out as `Places` says: in a line per host, the lines in turns.
 * C3. An idle connection holds no place, and keeps no process alive.
 * C4. Whoever is given a connection by `takeNowait` or `acquire` has it counted in `users`, and ends that by
 *     `Connection.release`.
 */
export abstract class BaseConnector implements Owner {
  readonly keepaliveTimeout: number;
  /** Whether each connection serves one request only. */
  readonly forceClose: boolean;
  /** Connections that may be in use at a time; 0 for any number. */
  readonly limit: number;
  /** As `limit`, to one host. */
  readonly limitPerHost: number;
  private readonly _ssl: Ssl;
  private readonly _http2: boolean;
  private readonly _places: Places;
  private readonly _hosts = new Map<string, Host>();
  private readonly _sessions: Sessions = new Map();
  private readonly _connections = new Set<Connection>();
  private readonly _attempts = new Set<Attempt>();
  private readonly _sockets = new Set<Socket>();
  private readonly _guests = new Set<Socket>();
  private _loop: EventLoop | null = null;
  private _whenNoSocket: (() => void)[] = [];
  private _closed = false;

  /** @throws RangeError for an option that is out of range */
  constructor(options: BaseConnectorOptions = {}) {
    const { limit = 100, limitPerHost = 0, keepaliveTimeout = 15_000, forceClose = false } = options;
    const { ssl = true, http2 = false } = options;
    if (!(Number.isFinite(keepaliveTimeout) && keepaliveTimeout >= 0)) {
      const got = `got ${keepaliveTimeout}`;
      throw new RangeError(
        `Expected \`connector.keepaliveTimeout\` to be a number of milliseconds of at least 0, ${got}`,
      );
    }
    this.limit = wholeNumber("connector.limit", limit);
    this.limitPerHost = wholeNumber("connector.limitPerHost", limitPerHost);
    this.keepaliveTimeout = keepaliveTimeout;
    this.forceClose = forceClose || keepaliveTimeout === 0;
    this._ssl = checkSsl(ssl);
    this._http2 = http2;
    this._places = new Places(limit, limitPerHost);
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this._closed;
  }

  /**
   * Closes every connection, whatever goes on, those of all its sessions. Idempotent.
   * @returns a Promise that is resolved when no socket is left
   */
  close(): Promise<void> {
    return this._close("the connector was closed");
  }

  /** As `close`, but does not wait. */
  [Symbol.dispose](): void {
    void this.close();
  }

  /** As `close`, for async functions. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For example `hosts=1 connections=3 idle=2`: what it keeps. */
  toString(): string {
    let idle = 0;
    for (const connection of this._connections) if (connection.users === 0) idle++;
    return `hosts=${this._hosts.size} connections=${this._connections.size} idle=${idle}`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `<${this.constructor.name} ${this._closed ? "closed" : this}>`;
  }

  /** @internal @throws RuntimeError if it was used in another `run` */
  _enter(loop: EventLoop): void {
    if (this._loop === loop) return;
    if (this._loop !== null) {
      throw new RuntimeError("this connector was used in another run(); make one in each, it can't be shared");
    }
    this._loop = loop;
  }

  /** @internal */
  _hostOf(target: URL, route: Route | null): Host {
    const key = keyOf(target, route);
    let host = this._hosts.get(key);
    if (host === undefined) {
      host = new Host(key, target, this._ssl, route, this._sessions);
      this._hosts.set(key, host);
    }
    return host;
  }

  /** @internal A kept connection, if there is one and a place. It may be gone before anything is sent over it. */
  _takeNowait(host: Host): Connection | null {
    if (host.shared.length > 0) return this._takeShared(host);
    if (host.idle.length === 0 || !this._places.takeNowait(host.line)) return null;
    const connection = this._takeIdle(host);
    if (connection === null) this._places.give(host.line);
    return connection;
  }

  /**
   * @internal Waits for a place, and takes a kept connection, unless `fresh`, or makes one.
   * @throws ClientConnectionError if it is or was closed; what `deadline` makes; ClientConnectorError and its subclasses
   */
  *_acquire(host: Host, attempt: Attempt, fresh: boolean, deadline: ConnectDeadline, tracer: Tracer | null) {
    host.attempts++;
    this._attempts.add(attempt);
    try {
      if (this._closed) throw new ClientConnectionError(attempt.subject, attempt.phase, "the connector is closed");
      const late = (cause: unknown) => deadline.late(attempt.phase, cause);
      return yield* within(deadline.when, late, () => this._find(host, attempt, fresh, deadline, tracer));
    } finally {
      this._attempts.delete(attempt);
      host.attempts--;
      this._forgetUnused(host);
    }
  }

  /**
   * @internal A socket to `target` for something else than requests, a WebSocket. It holds no place and is its caller's, but
   * is closed with the connector.
   */
  *_connect(target: URL, route: Route | null, attempt: Attempt, deadline: ConnectDeadline): Coroutine<Socket> {
    const host = new Host(keyOf(target, route), target, this._ssl, route, this._sessions);
    attempt.phase = "connecting";
    this._attempts.add(attempt);
    try {
      if (this._closed) throw new ClientConnectionError(attempt.subject, attempt.phase, "the connector is closed");
      const socket = yield* this._open(host, attempt, deadline, null, true);
      this._guests.add(socket);
      socket.once("close", () => this._guests.delete(socket));
      return socket;
    } finally {
      this._attempts.delete(attempt);
    }
  }

  /** @internal `what` is the reason that errors give. */
  _close(what: string): Promise<void> {
    this._closed = true;
    for (const attempt of this._attempts) attempt.close(what);
    for (const connection of [...this._connections]) {
      for (const exchange of connection.underWay()) {
        exchange.abort(new ClientConnectionError(exchange, exchange.phase, what));
      }
      this._drop(connection);
    }
    for (const guest of this._guests) guest.destroy();
    this._closing();
    if (this._sockets.size === 0) return Promise.resolve();
    return new Promise((resolve) => this._whenNoSocket.push(resolve));
  }

  /** @internal */
  released(connection: Connection, reusable: boolean): void {
    const { host } = connection;
    const keep = reusable && !this.forceClose && !this._closed;
    if (connection.isMultiplexed) {
      // Only its stream has come to a bad end, so that the others go on.
      if (connection.users === 0 && (connection.isGone || this.forceClose || this._closed)) this._drop(connection);
      if (connection.users > 0) {
        this._places.tellFirst(host.line);
        return;
      }
    } else if (keep) {
      host.idle.push(connection);
    } else {
      this._drop(connection);
    }
    this._places.give(host.line);
    this._forgetUnused(host);
  }

  /** @internal */
  lost(connection: Connection): void {
    if (connection.users === 0) this._drop(connection);
    else unlist(connection.host.shared, connection);
  }

  /** Opens a socket to `port` of `hostname`. */
  protected abstract _dial(
    hostname: string,
    port: number,
    attempt: Attempt,
    tracer: Tracer | null,
    progress: (step: Step) => void,
  ): Coroutine<Socket>;

  /** The addresses of a host, for a proxy that is to be told of them; its name, if nothing is resolved here. */
  protected *_resolve(
    hostname: string,
    _port: number,
    _attempt: Attempt,
    _tracer: Tracer | null,
  ): Coroutine<readonly string[]> {
    return [hostname];
  }

  /** There is more to end than connections. */
  protected _closing(): void {}

  /** Every socket must be made known here: `close` waits for it. */
  protected readonly _register = (socket: Socket): void => {
    this._sockets.add(socket);
    socket.once("close", () => {
      this._sockets.delete(socket);
      if (this._sockets.size > 0) return;
      for (const resolve of this._whenNoSocket) resolve();
      this._whenNoSocket = [];
    });
  };

  private *_find(
    host: Host,
    attempt: Attempt,
    fresh: boolean,
    deadline: ConnectDeadline,
    tracer: Tracer | null,
  ): Coroutine<Connection> {
    const { line } = host;
    const mayBeShared = this._http2 && host.secure && !host.speaksOnlyHttp1;
    let waited = false;
    for (;;) {
      const kept = fresh ? null : this._takeNowait(host);
      if (kept !== null) return yield* this._reuse(kept, tracer);
      if (mayBeShared && host.negotiating !== null && !waited && !fresh) {
        // What the first connection finds out decides whether another is wanted at all.
        waited = true;
        yield* this._negotiated(host.negotiating, attempt);
        continue;
      }
      if (this._places.takeNowait(line)) break;
      if (tracer !== null) yield* tracer.send("onConnectionQueuedStart", {});
      const isPlace = yield* this._places.take(line, attempt);
      if (tracer !== null) yield* this._keeping(host, isPlace, tracer.send("onConnectionQueuedEnd", {}));
      if (!isPlace) continue;
      const freed = fresh ? null : (this._takeIdle(host) ?? this._takeSharedIdle(host));
      if (freed !== null) return yield* this._reuse(freed, tracer);
      break;
    }
    return yield* this._keeping(host, true, this._create(host, attempt, deadline, tracer));
  }

  /** Runs `next`, and gives the place back if it fails. */
  private *_keeping<T>(host: Host, hasPlace: boolean, next: Coroutine<T>): Coroutine<T> {
    try {
      return yield* next;
    } catch (error) {
      if (hasPlace) this._places.give(host.line);
      throw error;
    }
  }

  private *_reuse(connection: Connection, tracer: Tracer | null): Coroutine<Connection> {
    if (tracer === null) return connection;
    try {
      yield* tracer.send("onConnectionReuseconn", {});
      return connection;
    } catch (error) {
      connection.release(null, true);
      throw error;
    }
  }

  private *_negotiated(waiting: Set<Future<void>>, attempt: Attempt): Coroutine<void> {
    const known = attempt.loop.createFuture<void>();
    waiting.add(known);
    try {
      yield* attempt.wait(known);
    } finally {
      waiting.delete(known);
    }
  }

  /** @param isGuest whether it is for something else than requests, which no proxy and no HTTP/2 may come between */
  private _open(
    host: Host,
    attempt: Attempt,
    { sockConnect }: ConnectDeadline,
    tracer: Tracer | null,
    isGuest: boolean,
  ): Coroutine<Socket> {
    const when = sockConnect === null ? null : attempt.loop.time() + sockConnect;
    const late = (cause: unknown) =>
      new ServerTimeoutError(attempt.subject, attempt.phase, "sockConnect", sockConnect ?? 0, { cause });
    const network: Network = {
      dial: (hostname, port, progress) => this._dial(hostname, port, attempt, tracer, progress),
      resolve: (hostname, port) => this._resolve(hostname, port, attempt, tracer),
    };
    return within(when, late, () => openSocket(host, this._http2 && !isGuest, network, attempt, isGuest));
  }

  /** Makes a connection, for whose place the caller cares until it is there. */
  private *_create(
    host: Host,
    attempt: Attempt,
    deadline: ConnectDeadline,
    tracer: Tracer | null,
  ): Coroutine<Connection> {
    attempt.phase = "connecting";
    const isFirst = this._http2 && host.secure && !host.speaksOnlyHttp1 && host.negotiating === null;
    const waiting = new Set<Future<void>>();
    if (isFirst) host.negotiating = waiting;
    try {
      if (tracer !== null) yield* tracer.send("onConnectionCreateStart", {});
      const socket = yield* this._open(host, attempt, deadline, tracer, false);
      return yield* this._adopt(host, socket, attempt, tracer);
    } finally {
      if (isFirst) {
        host.negotiating = null;
        for (const known of waiting) if (!known.done()) known.setResult(undefined);
      }
    }
  }

  private *_adopt(host: Host, socket: Socket, attempt: Attempt, tracer: Tracer | null): Coroutine<Connection> {
    try {
      if (tracer !== null) yield* tracer.send("onConnectionCreateEnd", {});
      attempt.check();
    } catch (error) {
      socket.destroy();
      throw error;
    }
    const connection = new Connection(host, socket, this);
    connection.users = 1;
    this._connections.add(connection);
    if (connection.isMultiplexed) {
      host.shared.push(connection);
      this._places.tellAll(host.line);
    } else if (this._http2 && host.secure) {
      host.speaksOnlyHttp1 = true;
    }
    return connection;
  }

  /** For who has a place. */
  private _takeIdle(host: Host): Connection | null {
    for (let connection = host.idle.pop(); connection !== undefined; connection = host.idle.pop()) {
      if (!connection.isGone) {
        connection.users = 1;
        return connection;
      }
      this._drop(connection);
    }
    return null;
  }

  /** For who has no place: one that has already, or one with that of the whole. */
  private _takeShared(host: Host): Connection | null {
    for (const connection of host.shared) {
      if (!connection.hasRoom) continue;
      if (connection.users === 0 && !this._places.takeNowait(host.line)) continue;
      connection.users++;
      return connection;
    }
    return null;
  }

  /** For who has a place; it is given back if the connection has one already. */
  private _takeSharedIdle(host: Host): Connection | null {
    for (const connection of host.shared) {
      if (!connection.hasRoom) continue;
      if (connection.users++ > 0) this._places.give(host.line);
      return connection;
    }
    return null;
  }

  private _drop(connection: Connection): void {
    if (!this._connections.delete(connection)) return;
    const { host } = connection;
    unlist(host.idle, connection);
    unlist(host.shared, connection);
    connection.destroy();
    this._forgetUnused(host);
  }

  private _forgetUnused(host: Host): void {
    if (host.isUnused && this._hosts.get(host.key) === host) this._hosts.delete(host.key);
  }
}

function unlist(list: Connection[], connection: Connection): void {
  const index = list.indexOf(connection);
  if (index !== -1) list.splice(index, 1);
}
