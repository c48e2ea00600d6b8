import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import {
  type Context,
  type Coroutine,
  copyContext,
  coroutine,
  Event,
  type EventLoop,
  shield,
  type Task,
  toPromise,
  wait,
} from "yieldfrom";
import { type Handler, Handling } from "./handling.ts";
import { listen } from "./listen.ts";
import { nodeOptions, type Settings } from "./options.ts";

/** Requests of one connection that are under way, above which it is not read from. */
const MOST_AT_ONCE = 16;

/** Milliseconds in which the tasks of requests that were cancelled are to come to their end. */
const MOMENT = 1000;

/**
 * A server that listens, as `serve` gives it. Source: asyncio `Server`, aiohttp `web.run_app`.
 *
 * S1. Each connection that is open is in `_connections`, with the requests on it that are under way.
 * S2. It has a task, the keeper, which ends when the last connection has; and when the run ends before that, so does
 *     the server: nothing that it holds outlives its loop.
 */
export class HttpServer {
  /** @internal */ readonly _handler: Handler;
  /** @internal */ readonly _settings: Settings;
  /** @internal */ readonly _loop: EventLoop;
  private readonly _context: Context = copyContext();
  private readonly _node: Server;
  private readonly _connections = new Map<Socket, Set<Handling>>();
  /** Those that are not read from; see MOST_AT_ONCE. */
  private readonly _held = new Set<Socket>();
  /** All there are, those that are still at their TLS handshake included. */
  private readonly _sockets = new Set<Socket>();
  private readonly _tasks = new Set<Task<void>>();
  private readonly _ended = new Event();
  private _address: AddressInfo | string | null = null;
  private _closing = false;
  private _stopping: Task<void> | null = null;
  private _signal: AbortSignal | undefined = undefined;

  /** @internal */
  constructor(loop: EventLoop, handler: Handler, settings: Settings) {
    this._loop = loop;
    this._handler = handler;
    this._settings = settings;
    const options = nodeOptions(settings);
    this._node = settings.ssl === undefined ? createServer(options) : createTlsServer(options);
    if (settings.maxConnections !== undefined) this._node.maxConnections = settings.maxConnections;
    // Not in its types, but in Node since the beginning.
    Object.assign(this._node, { httpAllowHalfOpen: settings.allowHalfOpen });
    this._node.on(settings.ssl === undefined ? "connection" : "secureConnection", (socket) => this._connected(socket));
    this._node.on("connection", (socket) => this._accepted(socket));
    this._node.on("request", (incoming, outgoing) => this._requested(incoming, outgoing));
    this._node.on("checkContinue", (incoming, outgoing) =>
      this._requested(incoming, outgoing, () => outgoing.writeContinue()),
    );
    this._node.on("upgrade", (incoming, socket, head) => this._upgradeRequested(incoming, socket as Socket, head));
  }

  /** What it listens on: the address and port, or the path of a Unix socket. `null` once it is closed. */
  get address(): { readonly address: string; readonly port: number } | string | null {
    return this._address;
  }

  /**
   * Its root, as "http://127.0.0.1:8080/". One that listens for everybody is named by "localhost". Of a Unix socket it is
   * "http://localhost/".
   */
  get url(): string {
    const scheme = this._settings.ssl === undefined ? "http" : "https";
    const at = this._address;
    if (at === null || typeof at === "string") return `${scheme}://localhost/`;
    const isAny = at.address === "::" || at.address === "0.0.0.0";
    const host = isAny ? "localhost" : at.family === "IPv6" ? `[${at.address}]` : at.address;
    return `${scheme}://${host}:${at.port}/`;
  }

  /** Whether it takes connections. */
  isServing(): boolean {
    return !this._closing;
  }

  /**
   * Takes no more connections and closes those that lie idle. Requests under way go on; `waitClosed()` waits for them.
   * Idempotent. Source: asyncio `Server.close`.
   */
  close(): void {
    if (this._closing) return;
    this._closing = true;
    this._address = null;
    this._signal?.removeEventListener("abort", this._onAbort);
    this._node.close(() => this._loop.isClosed() || this._ended.set());
    for (const [socket, handlings] of this._connections) {
      // Connected, and nothing has come: Node takes it for one that is busy.
      if (handlings.size === 0 && (this._settings.ssl !== undefined || socket.bytesRead === 0)) socket.destroy();
    }
    for (const socket of this._sockets) if (socket.bytesRead === 0) socket.destroy();
    this._node.closeIdleConnections();
  }

  /** Waits until it was closed and the last connection has ended. Source: asyncio `Server.wait_closed`. */
  waitClosed(): Coroutine<void> {
    return waitClosed(this);
  }

  /**
   * Closes it as `close()` does, and waits for the requests under way, `grace` milliseconds at most. Then their tasks are
   * cancelled and waited for, and their connections closed. A task that is cancelled while it waits here does that at once.
   * Idempotent.
   * @param options.grace `grace` of `serve` by default
   */
  shutdown(options: { readonly grace?: number | undefined } = {}): Coroutine<void> {
    return shutdown(this, options.grace ?? this._settings.grace);
  }

  /**
   * Waits until the server was shut down, by someone else or by SIGTERM. Cancelled, as by Ctrl-C in `run`, it shuts it
   * down, gracefully, and only then throws. Source: asyncio `Server.serve_forever`, aiohttp `run_app`.
   */
  serveForever(): Coroutine<void> {
    return serveForever(this);
  }

  /** Cancels the requests under way and closes all connections, and waits for nothing. */
  [Symbol.dispose](): void {
    this._abort();
  }

  /** As `shutdown()`, for async functions. */
  [Symbol.asyncDispose](): Promise<void> {
    return toPromise(this.shutdown(), { loop: this._loop });
  }

  /** For example `<HttpServer http://127.0.0.1:8080/ connections=2 requests=1>`. */
  toString(): string {
    const where = this._closing ? "closed" : typeof this._address === "string" ? this._address : this.url;
    return `<HttpServer ${where} connections=${this._connections.size} requests=${this._tasks.size}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** @internal Begins to listen; waits until it does. */
  *_listen(): Coroutine<void> {
    const node = this._node;
    yield* listen(node, this._settings);
    node.on("error", (exception) => {
      // Too many open files, for one. It goes on with the next.
      this._loop.callExceptionHandler({ message: `${this} could not accept a connection`, exception });
    });
    this._address = node.address();
    this._loop.createTask(this._keep(), { name: `serve ${this.url}` });
  }

  /** @internal */
  *_waitClosed(): Coroutine<void> {
    yield* this._ended.wait();
  }

  /** @internal */
  *_shutdown(grace: number): Coroutine<void> {
    this.close();
    const ended = this._loop.createTask(this._waitClosed());
    try {
      yield* wait([ended], { timeout: grace });
    } finally {
      ended.cancel();
      yield* this._stop();
    }
  }

  /** @internal */
  *_serveForever(): Coroutine<void> {
    const onTerminate = () => this._shutDownSoon();
    process.on("SIGTERM", onTerminate);
    try {
      yield* this._ended.wait();
    } catch (error) {
      // One that is under way has used up a part of its time.
      if (this._stopping === null) yield* this._shutdown(this._settings.grace);
      else yield* shield(this._stopping);
      throw error;
    } finally {
      process.off("SIGTERM", onTerminate);
    }
    if (this._stopping !== null) yield* shield(this._stopping);
  }

  /** @internal From anywhere: a signal's callback for one. */
  _shutDownSoon(): void {
    if (this._loop.isClosed()) return;
    this._stopping ??= this._loop.createTask(this._shutdown(this._settings.grace), { name: "shutdown of serve()" });
  }

  /** @internal Shuts down when `signal` is aborted. */
  _obey(signal: AbortSignal): void {
    if (signal.aborted) this._shutDownSoon();
    else signal.addEventListener("abort", this._onAbort);
    this._signal = signal;
  }

  private readonly _onAbort = (): void => this._shutDownSoon();

  /** The requests are cancelled and waited for, and then nothing of it is left. */
  private *_stop(): Coroutine<void> {
    this.close();
    const tasks = [...this._tasks];
    for (const task of tasks) task.cancel("the server is shutting down");
    try {
      if (tasks.length > 0) yield* wait(tasks, { timeout: MOMENT });
    } finally {
      this._abort();
    }
    yield* this._ended.wait();
    for (const task of tasks) {
      if (task.done()) continue;
      const message = `${this} ended without ${task}, which has not ended since it was cancelled`;
      this._loop.callExceptionHandler({ message, task });
    }
  }

  private _abort(): void {
    this.close();
    for (const task of this._tasks) task.cancel("the server was closed");
    for (const socket of this._connections.keys()) socket.destroy();
    for (const socket of this._sockets) socket.destroy();
    this._node.closeAllConnections();
  }

  private *_keep(): Coroutine<void> {
    try {
      yield* this._ended.wait();
    } catch (error) {
      this._abort();
      yield* this._ended.wait();
      throw error;
    }
  }

  private _accepted(socket: Socket): void {
    this._sockets.add(socket);
    socket.once("close", () => this._sockets.delete(socket));
  }

  private _connected(socket: Socket): void {
    const handlings = new Set<Handling>();
    this._connections.set(socket, handlings);
    // Before Node's own listener, which has the readers of bodies fail.
    socket.prependListener("close", () => {
      this._connections.delete(socket);
      this._held.delete(socket);
      for (const handling of handlings) handling.clientGone();
    });
  }

  private _requested(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    sendContinue?: () => void,
    head: Buffer | null = null,
  ): void {
    const handlings = this._connections.get(incoming.socket);
    if (handlings === undefined || this._loop.isClosed()) {
      incoming.socket.destroy();
      return;
    }
    const handling = new Handling(this, incoming, outgoing, sendContinue, head);
    handlings.add(handling);
    if (handlings.size > MOST_AT_ONCE) this._hold(incoming.socket, handlings);
    const options =
      this._context.size === 0 ? { name: handling.name } : { name: handling.name, context: this._context.copy() };
    const task = this._loop.createTask(handling.run(), options);
    handling.task = task;
    this._tasks.add(task);
    task.addDoneCallback(() => {
      this._tasks.delete(task);
      handlings.delete(handling);
      if (handlings.size <= MOST_AT_ONCE && this._held.delete(incoming.socket)) incoming.socket.resume();
      if (this._closing) this._closeWhenIdle(outgoing);
    });
  }

  private _hold(socket: Socket, handlings: Set<Handling>): void {
    if (this._held.has(socket)) return;
    this._held.add(socket);
    // Later, as Node has it resumed after each request that it finds in what was read.
    setImmediate(() => {
      if (this._held.has(socket) && handlings.size > MOST_AT_ONCE) socket.pause();
    });
  }

  /** Node lets go of a connection on which something else than HTTP is asked for. Most often it remains HTTP for an answer. */
  private _upgradeRequested(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    const outgoing = new ServerResponse(incoming);
    outgoing.shouldKeepAlive = false;
    outgoing.assignSocket(socket);
    outgoing.once("finish", () => {
      outgoing.detachSocket(socket);
      socket.destroySoon();
    });
    socket.on("error", () => {});
    const isWebSocket = incoming.headers.upgrade?.toLowerCase() === "websocket";
    this._requested(incoming, outgoing, undefined, isWebSocket ? head : null);
  }

  private _closeWhenIdle(outgoing: ServerResponse): void {
    if (outgoing.closed) this._node.closeIdleConnections();
    else outgoing.once("close", () => this._node.closeIdleConnections());
  }
}

const waitClosed = coroutine(function* waitClosed(server: HttpServer): Coroutine<void> {
  yield* server._waitClosed();
});

const shutdown = coroutine(function* shutdown(server: HttpServer, grace: number): Coroutine<void> {
  yield* server._shutdown(grace);
});

const serveForever = coroutine(function* serveForever(server: HttpServer): Coroutine<void> {
  yield* server._serveForever();
});
