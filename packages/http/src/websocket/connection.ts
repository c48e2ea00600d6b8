import { type Coroutine, coroutine, type EventLoop, type Future, RuntimeError, TimeoutError, wait } from "yieldfrom";
import { ClientConnectionResetError } from "../server/errors.ts";
import type { Channel, Line } from "./channel.ts";
import { WSMessageTypeError } from "./errors.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Messages } from "./message-iterator.ts";
import { CLOSED, CLOSING, WSCloseCode, type WSMessage, WSMsgType } from "./messages.ts";
import type { WebSocketSettings } from "./options.ts";

/** Bytes on their way to the other side, above which whoever sends more waits. As in aiohttp. */
const MOST_UNSENT = 64 * 1024;

const TEXT = { binary: false };
const BINARY = { binary: true };

/**
 * What both ends of a WebSocket can do. Source: aiohttp, where `ClientWebSocketResponse` and `WebSocketResponse` have the
 * same methods.
 */
export abstract class WebSocketConnection implements AsyncIterable<WSMessage> {
  private readonly _loop: EventLoop;
  private readonly _channel: Channel;
  private readonly _settings: WebSocketSettings;
  /** What it is called in messages. */
  private readonly _what: string;
  /** Who waits in `receive()`. */
  private _receiver: Future<void> | null = null;
  /** Who else waits for a message, or for the end. */
  private readonly _watchers = new Set<() => void>();
  private _receiving = false;
  private _closing = false;
  private readonly _heartbeat: Heartbeat | null;

  /** @internal */
  constructor(loop: EventLoop, channel: Channel, settings: WebSocketSettings, what: string, bytesRead: () => number) {
    this._loop = loop;
    this._channel = channel;
    this._settings = settings;
    this._what = what;
    const { heartbeat } = settings;
    this._heartbeat = heartbeat === null ? null : new Heartbeat(loop, channel, heartbeat, what, bytesRead);
    const line: Line = {
      autoping: settings.autoping,
      autoclose: settings.autoclose,
      changed: () => this._changed(),
    };
    channel.listen(line);
  }

  /** Whether it is closed: nothing can be sent, and nothing but what came before will be received. */
  get closed(): boolean {
    return this._closing || this._channel.ended || this._channel.readyState !== this._channel.OPEN;
  }

  /** The code that it was closed with; `null` until then. */
  get closeCode(): number | null {
    return this._channel.closeCode;
  }

  /** The subprotocol that was agreed upon; `null` if there is none. */
  get protocol(): string | null {
    return this._channel.protocol || null;
  }

  /** What it broke with, `null` if it did not. */
  exception(): Error | null {
    return this._channel.failure;
  }

  /** Sends text, or bytes, as `sendStr` and `sendBytes` do. */
  send(data: string | Uint8Array | ArrayBuffer): Coroutine<void> {
    return typeof data === "string" ? this.sendStr(data) : this.sendBytes(data);
  }

  /**
   * Sends a text message. Waits while the other side is slow, so that what was sent lies in nobody's memory.
   * @throws ClientConnectionResetError if it is closed; TypeError if `data` is no string
   */
  sendStr(data: string): Coroutine<void> {
    if (typeof data !== "string")
      throw new TypeError(`Expected \`data\` of sendStr() to be a string, got ${typeof data}`);
    return send(this, data);
  }

  /** Sends a binary message, else as `sendStr`. */
  sendBytes(data: Uint8Array | ArrayBuffer): Coroutine<void> {
    if (!(data instanceof ArrayBuffer || ArrayBuffer.isView(data))) {
      throw new TypeError(`Expected \`data\` of sendBytes() to be bytes, got ${typeof data}`);
    }
    return send(this, data);
  }

  /** Sends a value as JSON, else as `sendStr`. @throws TypeError if it has none, as undefined and functions */
  sendJson(value: unknown): Coroutine<void> {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`Expected \`value\` of sendJson() to be JSON, got ${typeof value}`);
    return send(this, text);
  }

  /** Sends a ping of 125 bytes at most, which the other side answers. @throws ClientConnectionResetError if it is closed */
  ping(message: string | Uint8Array = ""): Coroutine<void> {
    return control(this, "ping", message);
  }

  /** Sends a pong, without being asked or, without `autoping`, to answer a ping. */
  pong(message: string | Uint8Array = ""): Coroutine<void> {
    return control(this, "pong", message);
  }

  /**
   * Waits for the next message. After a CLOSE, or ERROR, there will be only CLOSED. Who is cancelled while waiting loses no
   * message.
   * @param options.timeout milliseconds; `receiveTimeout` by default
   * @throws TimeoutError; RuntimeError if another task is receiving
   */
  receive(options?: { readonly timeout?: number | null | undefined }): Coroutine<WSMessage> {
    return receive(this, options?.timeout);
  }

  /** Receives a text message. @throws WSMessageTypeError for any other; as `receive` */
  receiveStr(options?: { readonly timeout?: number | null | undefined }): Coroutine<string> {
    return receiveStr(this, options?.timeout);
  }

  /** Receives a binary message. @throws WSMessageTypeError for any other; as `receive` */
  receiveBytes(options?: { readonly timeout?: number | null | undefined }): Coroutine<Uint8Array> {
    return receiveBytes(this, options?.timeout);
  }

  /** Receives a text message that is JSON. @throws SyntaxError; as `receiveStr` */
  receiveJson<T = unknown>(options?: { readonly timeout?: number | null | undefined }): Coroutine<T> {
    return receiveJson(this, options?.timeout) as Coroutine<T>;
  }

  /**
   * Closes it: says so to the other side and waits for its answer, `timeout` milliseconds of the options at most. A task that
   * is receiving gets a message of type CLOSING. Cancelled, it cuts the connection.
   * @param code 1000, or 3000 to 4999
   * @param message the reason, of 123 bytes at most
   * @returns false if it was closed already
   */
  close(code: number = WSCloseCode.OK, message = ""): Coroutine<boolean> {
    return close(this, code, message);
  }

  /** Waits until it is closed, by either side. */
  waitClosed(): Coroutine<void> {
    return waitClosed(this);
  }

  /** Cuts the connection, if it is not closed. */
  [Symbol.dispose](): void {
    this._channel.terminate();
  }

  /** In async functions, and for `forEach`: its messages, up to the one that closes it. Source: aiohttp. */
  [Symbol.asyncIterator](): AsyncIterableIterator<WSMessage> {
    return new Messages(
      () => this._take(),
      (watcher) => this._watchers.add(watcher),
    );
  }

  /** For example `<ClientWebSocketResponse open ws://localhost/>`. */
  toString(): string {
    return `<${this.constructor.name} ${this.closed ? `closed (${this.closeCode})` : "open"} ${this._what}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** @internal */
  *_send(data: string | Uint8Array | ArrayBuffer): Coroutine<void> {
    this._mustBeOpen("send");
    const channel = this._channel;
    let sent: Future<void> | null = null;
    channel.send(data, typeof data === "string" ? TEXT : BINARY, (error) => {
      if (sent === null || sent.done()) return; // If it failed, the connection is broken, and is known to be.
      if (error) sent.setException(this._reset("send"));
      else sent.setResult(undefined);
    });
    if (channel.bufferedAmount <= MOST_UNSENT) return;
    sent = this._loop.createFuture<void>();
    yield* sent;
  }

  /** @internal */
  *_control(kind: "ping" | "pong", message: string | Uint8Array): Coroutine<void> {
    this._mustBeOpen(kind);
    if (Buffer.byteLength(message) > 125)
      throw new RangeError(`Expected the message of ${kind}() to have 125 bytes at most`);
    this._channel[kind](message);
  }

  /** @internal */
  *_receive(timeout: number | null | undefined): Coroutine<WSMessage> {
    if (this._receiving) {
      throw new RuntimeError(
        `${this._what}: another task is receiving already; receive in one task, and hand on from there`,
      );
    }
    const limit = timeout === undefined ? this._settings.receiveTimeout : timeout;
    this._receiving = true;
    try {
      for (;;) {
        if (this._closing) return this._channel.ended ? CLOSED : CLOSING;
        const message = this._take();
        if (message !== undefined) return message;
        yield* this._change(limit);
      }
    } finally {
      this._receiving = false;
    }
  }

  /** @internal */
  *_close(code: number, message: string): Coroutine<boolean> {
    const channel = this._channel;
    if (this._closing || channel.ended) {
      yield* this._waitClosed();
      return false;
    }
    mustBeClosingCode(code);
    if (Buffer.byteLength(message) > 123) {
      throw new RangeError("Expected the `message` of close() to have 123 bytes at most");
    }
    this._closing = true;
    this._changed();
    channel.discard();
    channel.sayGoodbye(code, message);
    try {
      yield* this._ended(this._settings.timeout);
    } finally {
      // Too late, cancelled, or done.
      channel.terminate();
    }
    yield* this._ended(null);
    return true;
  }

  /** @internal Closes it without waiting for the other side's answer. */
  _leave(code: number, message: string): void {
    if (!this._closing && !this._channel.ended) this._channel.sayGoodbye(code, message);
    this._closing = true;
    this._changed();
  }

  /** @internal */
  *_waitClosed(): Coroutine<void> {
    yield* this._ended(null);
  }

  private *_ended(limit: number | null): Coroutine<void> {
    const end = limit === null ? null : this._loop.time() + limit;
    while (!this._channel.ended) {
      const left = end === null ? null : end - this._loop.time();
      if (left !== null && left <= 0) return;
      const changed = this._watch();
      try {
        yield* wait([changed], { timeout: left });
      } finally {
        changed.cancel();
      }
    }
  }

  /** Waits until there may be something to take. */
  private *_change(limit: number | null): Coroutine<void> {
    const changed = this._loop.createFuture<void>();
    this._receiver = changed;
    if (limit === null) return yield* changed;
    const timer = this._loop.callLater(limit, () => {
      const what = `${this._what}: nothing was received within ${limit} ms`;
      if (!changed.done()) changed.setException(new TimeoutError(what));
    });
    try {
      yield* changed;
    } finally {
      timer.cancel();
    }
  }

  private _watch(): Future<void> {
    const changed = this._loop.createFuture<void>();
    this._watchers.add(() => changed.done() || changed.setResult(undefined));
    return changed;
  }

  private _changed(): void {
    if (this._channel.ended) this._heartbeat?.stop();
    const receiver = this._receiver;
    this._receiver = null;
    if (receiver?.done() === false) receiver.setResult(undefined);
    if (this._watchers.size === 0) return;
    const watchers = [...this._watchers];
    this._watchers.clear();
    for (const watcher of watchers) watcher();
  }

  private _take(): WSMessage | undefined {
    return this._closing && !this._channel.ended ? CLOSING : this._channel.take();
  }

  private _mustBeOpen(asked: string): void {
    if (this.closed) throw this._reset(asked);
  }

  private _reset(asked: string): ClientConnectionResetError {
    const code = this.closeCode === null ? "" : ` with ${this.closeCode}`;
    return new ClientConnectionResetError(`${asked}() on ${this._what}, which is closed${code}`);
  }
}

function mustBeClosingCode(code: number): void {
  const isReserved = code === 1004 || code === 1005 || code === 1006;
  if (Number.isInteger(code) && ((code >= 1000 && code <= 1014 && !isReserved) || (code >= 3000 && code <= 4999)))
    return;
  throw new RangeError(`Expected the \`code\` of close() to be 1000 to 1014 or 3000 to 4999, got ${code}`);
}

const send = coroutine(function* send(
  socket: WebSocketConnection,
  data: string | Uint8Array | ArrayBuffer,
): Coroutine<void> {
  yield* socket._send(data);
});

const control = coroutine(function* control(
  socket: WebSocketConnection,
  kind: "ping" | "pong",
  message: string | Uint8Array,
): Coroutine<void> {
  yield* socket._control(kind, message);
});

const receive = coroutine(function* receive(
  socket: WebSocketConnection,
  timeout: number | null | undefined,
): Coroutine<WSMessage> {
  return yield* socket._receive(timeout);
});

const receiveStr = coroutine(function* receiveStr(
  socket: WebSocketConnection,
  timeout: number | null | undefined,
): Coroutine<string> {
  const message = yield* socket._receive(timeout);
  if (message.type === WSMsgType.TEXT) return message.data;
  throw new WSMessageTypeError(String(socket), "TEXT", message);
});

const receiveBytes = coroutine(function* receiveBytes(
  socket: WebSocketConnection,
  timeout: number | null | undefined,
): Coroutine<Uint8Array> {
  const message = yield* socket._receive(timeout);
  if (message.type === WSMsgType.BINARY) return message.data;
  throw new WSMessageTypeError(String(socket), "BINARY", message);
});

const receiveJson = coroutine(function* receiveJson(
  socket: WebSocketConnection,
  timeout: number | null | undefined,
): Coroutine<unknown> {
  return JSON.parse(yield* receiveStr(socket, timeout));
});

const close = coroutine(function* close(
  socket: WebSocketConnection,
  code: number,
  message: string,
): Coroutine<boolean> {
  return yield* socket._close(code, message);
});

const waitClosed = coroutine(function* waitClosed(socket: WebSocketConnection): Coroutine<void> {
  yield* socket._waitClosed();
});
