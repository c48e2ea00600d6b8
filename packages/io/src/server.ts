import type { Server as NodeServer } from "node:net";
import {
  type AwaitableFunction,
  type Coroutine,
  type EventLoop,
  type Future,
  isCancelled,
  RuntimeError,
  shield,
  sleep,
  type Task,
  toPromise,
  wait,
} from "yieldfrom";
import { formatAddress } from "./addresses.ts";
import { type GraceOptions, graceOf, shutdown } from "./graceful-end.ts";
import { whenClosed } from "./loop-end.ts";
import type { Address } from "./protocols.ts";

/** What a server accepts connections for. Source: asyncio `AbstractServer`. */
export abstract class AbstractServer implements AsyncDisposable {
  /** The loop it belongs to. */
  abstract getLoop(): EventLoop;

  /** Whether it accepts connections. */
  abstract isServing(): boolean;

  /** Begins to accept connections. Idempotent. */
  abstract startServing(): Coroutine<void>;

  /** Accepts connections until it is closed, or the task is cancelled. */
  abstract serveForever(): Coroutine<void>;

  /** Stops accepting; the connections that there are go on. Idempotent. */
  abstract close(): void;

  /** Waits until it is closed and all its connections have ended. */
  abstract waitClosed(): Coroutine<void>;

  /** Closes each connection. */
  abstract closeClients(): void;

  /** Closes each connection at once, and drops what waits to be sent. */
  abstract abortClients(): void;

  /** Closes it and waits for that: `await using` in an async function. In a coroutine write `yield* server.use(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return toPromise(this.waitClosed(), { loop: this.getLoop() });
  }

  /** Waits for `body(server)`, then closes the server and waits for its connections to end, whatever the body does. */
  *use<T>(body: AwaitableFunction<[this], T>): Coroutine<T> {
    try {
      return yield* body(this);
    } finally {
      this.close();
      yield* this.waitClosed();
    }
  }
}

/** A socket that connections are accepted on. */
export interface ListeningSocket {
  /** Its address. */
  getsockname(): Address;
}

/** One of a server's listening sockets, for those who made it. */
export interface Listener extends ListeningSocket {
  readonly node: NodeServer;
  /** Ends the listening at once. */
  close(): void;
}

/** Where the connections arrive. */
interface Door {
  /** Lets them in. */
  open(): void;
  /** Turns away those that were not let in. */
  close(): void;
}

/** What a server counts: a connection, or one that is being made. */
export interface Client {
  close(): void;
  abort(): void;
}

/**
 * A server of TCP or Unix sockets, as `startServer` and `createServer` make it. Source: asyncio `Server`.
 *
 * It keeps the process alive until it is closed.
 */
export class Server extends AbstractServer {
  /** @internal */ readonly _loop: EventLoop;
  /** @internal Those that serve clients. */
  readonly _tasks = new Set<Task<unknown>>();
  private readonly _listeners: readonly Listener[];
  private readonly _reception: Door;
  private readonly _clients = new Set<Client>();
  private _closed = false;
  private _serving = false;
  private _isServedForever = false;
  private _forever: Future<void> | null = null;
  /** The shutdown that `serveForever` is ended by. */
  private _stopping: Task<void> | null = null;
  private _turnsAway = false;
  /** Those who wait for the end; null when that has come. */
  private _waiters: Future<void>[] | null = [];
  private readonly _forgetLoopEnd: () => void;

  /** @internal */
  constructor(loop: EventLoop, listeners: readonly Listener[], reception: Door) {
    super();
    this._loop = loop;
    this._listeners = listeners;
    this._reception = reception;
    this._forgetLoopEnd = whenClosed(loop, () => this._loopClosed());
  }

  override getLoop(): EventLoop {
    return this._loop;
  }

  /** The sockets it listens on; none once it is closed. */
  get sockets(): readonly ListeningSocket[] {
    return this._closed ? [] : this._listeners;
  }

  /** The port of the first of its TCP sockets: what "port 0" became. @throws RuntimeError if it has none */
  get port(): number {
    for (const socket of this.sockets) {
      const address = socket.getsockname();
      if (typeof address !== "string") return address[1];
    }
    throw new RuntimeError(`${this} has no port: it ${this._closed ? "is closed" : "listens on a Unix socket"}`);
  }

  override isServing(): boolean {
    return this._serving;
  }

  override *startServing(): Coroutine<void> {
    this._startServing();
    yield* sleep(0);
  }

  /** @internal */
  _startServing(): void {
    if (this._serving) return;
    if (this._closed) throw new RuntimeError(`${this} is closed; make another one`);
    this._serving = true;
    this._reception.open();
  }

  /**
   * Accepts connections until the task is cancelled, which closes the server and waits for its connections to end, or until
   * `close()`, which cancels this. Source: asyncio `Server.serve_forever`.
   *
   * With `options` it ends as a program's server should, which is not asyncio's way: at SIGTERM it does what `shutdown(options)`
   * does, and returns. Cancelled, as by Ctrl-C in `run`, it does the same and only then throws; cancelled once more, it aborts
   * the connections. Closed or shut down by someone else, it returns when the last connection has ended.
   *
   * ```text
   * const server = yield* startServer(echo, "127.0.0.1", 8888);
   * yield* server.serveForever({ grace: 10_000 });
   * ```
   * @throws RuntimeError if it is closed, or another task does this already; RangeError for a `grace` below 0
   */
  override *serveForever(options?: GraceOptions): Coroutine<void> {
    if (this._closed) throw new RuntimeError(`serveForever() of ${this}, which is closed; make another one`);
    if (this._isServedForever) throw new RuntimeError(`${this} is served for ever by another task already`);
    const grace = options === undefined ? null : graceOf(options);
    this._isServedForever = true;
    try {
      this._startServing();
      if (grace === null) yield* this._serveUntilClosed();
      else yield* this._serveUntilShutDown(grace);
    } finally {
      this._isServedForever = false;
    }
  }

  private *_serveUntilClosed(): Coroutine<void> {
    const forever = this._loop.createFuture<void>();
    this._forever = forever;
    try {
      yield* forever;
    } catch (error) {
      if (isCancelled(error)) {
        this.close();
        yield* this.waitClosed();
      }
      throw error;
    } finally {
      this._forever = null;
    }
  }

  private *_serveUntilShutDown(grace: number): Coroutine<void> {
    const stop = () => {
      this._stopping ??= this._loop.createTask(shutdown(this, grace), { name: `shutdown of ${this}` });
      return this._stopping;
    };
    const onTerminate = () => void (this._loop.isClosed() || stop());
    process.on("SIGTERM", onTerminate);
    try {
      try {
        yield* this.waitClosed();
      } catch (error) {
        yield* this._finish(stop());
        throw error;
      }
      if (this._stopping !== null) yield* this._finish(this._stopping);
    } finally {
      process.off("SIGTERM", onTerminate);
    }
  }

  /** Waits for the shutdown; a cancellation goes to it, and it doesn't take long then. */
  private *_finish(stopping: Task<void>): Coroutine<void> {
    try {
      yield* shield(stopping);
    } catch (error) {
      stopping.cancel();
      yield* wait([stopping]);
      throw error;
    }
  }

  /**
   * Closes it as `close()` does, and waits for its clients, `grace` milliseconds at most. Then the tasks of the coroutines that
   * `startServer` called for them are cancelled, what they have to do stands in their `finally`; their connections are closed, and
   * those that a second later are still there are aborted. A task that is cancelled while it waits here aborts them at once.
   * Idempotent. Not asyncio's; see aiohttp `run_app`.
   *
   * A client's task that does not end when it is cancelled is reported to the loop's exception handler, and left to the end of the
   * run, which waits for it.
   * @param options.grace 10 000 by default; 0 waits for nobody
   * @throws RangeError for a `grace` below 0
   */
  shutdown(options: GraceOptions = {}): Coroutine<void> {
    return shutdown(this, graceOf(options));
  }

  override close(): void {
    if (this._closed) return;
    this._closed = true;
    this._serving = false;
    this._shut();
    this._forgetLoopEnd();
    this._forever?.cancel();
    this._forever = null;
    if (this._clients.size === 0) this._wakeUp();
  }

  override *waitClosed(): Coroutine<void> {
    if (this._waiters === null) return;
    const waiter = this._loop.createFuture<void>();
    this._waiters.push(waiter);
    yield* waiter;
  }

  override closeClients(): void {
    for (const client of [...this._clients]) client.close();
  }

  override abortClients(): void {
    for (const client of [...this._clients]) client.abort();
  }

  override toString(): string {
    const sockets = this.sockets.map((socket) => formatAddress(socket.getsockname()));
    const state = this._closed ? "closed" : this._serving ? "serving" : "not serving yet";
    return `<Server ${[...sockets, state].join(" ")}, ${this._clients.size} connections>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** @internal */
  _attach(client: Client): void {
    this._clients.add(client);
    // Its protocol isn't there yet.
    if (this._turnsAway) this._loop.callSoon(() => client.abort());
  }

  /** @internal */
  _detach(client: Client): void {
    if (this._clients.delete(client) && this._clients.size === 0 && this._closed) this._wakeUp();
  }

  /** @internal */
  _employ(task: Task<unknown>): void {
    this._tasks.add(task);
    task.addDoneCallback(() => this._tasks.delete(task));
    if (this._turnsAway) task.cancel("the server is shutting down");
  }

  /** @internal */
  _turnAway(): void {
    this._turnsAway = true;
  }

  private _wakeUp(): void {
    const waiters = this._waiters;
    this._waiters = null;
    for (const waiter of waiters ?? []) if (!waiter.done()) waiter.setResult(undefined);
  }

  /** Nobody would be called any more, and its sockets would keep the process alive. */
  private _loopClosed(): void {
    const message = `${this} was never closed, and its loop is closed now; write close() in a finally, or \`yield* server.use(…)\``;
    this._closed = true;
    this._shut();
    this._loop.callExceptionHandler({ message });
  }

  private _shut(): void {
    for (const listener of this._listeners) listener.close();
    this._reception.close();
  }
}
