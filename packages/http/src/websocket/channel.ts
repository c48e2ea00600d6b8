import { WebSocket } from "ws";
import { WebSocketError } from "./errors.ts";
import { CLOSED, WSCloseCode, type WSMessage, WSMsgType } from "./messages.ts";

/** Bytes of messages that may wait to be received before the other side is made to wait. As in aiohttp. */
const MOST_WAITING = 128 * 1024;

/** What is known of a connection, apart from `ws`. */
export interface Line {
  /** Something is there to be taken, or nothing will be any more. */
  changed(): void;
  /** Whether pings and the other side's closing are answered without being asked. */
  readonly autoping: boolean;
  readonly autoclose: boolean;
}

/**
 * A connection of `ws`, and what came over it and was not received yet.
 *
 * C1. What waits is limited: beyond MOST_WAITING bytes nothing is read from the socket.
 * C2. Messages come out in the order in which they came, then CLOSE or ERROR if there was one, then CLOSED for ever.
 */
export class Channel extends WebSocket {
  /** The code that it was closed with; `null` while it is open. */
  closeCode: number | null = null;
  /** What it broke with. */
  failure: Error | null = null;
  /** Whether its end has come: the socket is closed. */
  ended = false;
  /** Set right after it was made: `ws` makes it, on a server. */
  declare line: Line;
  declare private _waiting: WSMessage[];
  /** Where in `_waiting` the next one is. */
  declare private _head: number;
  declare private _size: number;
  declare private _discarding: boolean;

  /** To be called before anything can come. */
  listen(line: Line): void {
    this.line = line;
    this._waiting = [];
    this._head = 0;
    this._size = 0;
    this._discarding = false;
    this.on("message", (data, isBinary) => {
      const bytes = data as Buffer;
      if (isBinary) this._push({ type: WSMsgType.BINARY, data: bytes, extra: "" });
      else this._push({ type: WSMsgType.TEXT, data: bytes.toString(), extra: "" });
    });
    if (!line.autoping) {
      this.on("ping", (data) => this._push({ type: WSMsgType.PING, data, extra: "" }));
      this.on("pong", (data) => this._push({ type: WSMsgType.PONG, data, extra: "" }));
    }
    this.on("error", (error) => this._broke(error));
    this.on("close", (code) => {
      this.ended = true;
      this.closeCode ??= code;
      this.line.changed();
    });
  }

  /** The next message; `undefined` if none is there yet. */
  take(): WSMessage | undefined {
    const message = this._waiting[this._head];
    if (message === undefined) return this.ended ? CLOSED : undefined;
    this._head++;
    if (this._head === this._waiting.length) {
      this._waiting = [];
      this._head = 0;
    }
    this._size -= sizeOf(message);
    if (this.isPaused && this._size <= MOST_WAITING) this.resume();
    return message;
  }

  /** From here on nothing is received any more, so that what ends the connection can come through. */
  discard(): void {
    this._discarding = true;
    this._waiting = [];
    this._head = 0;
    this._size = 0;
    if (this.isPaused) this.resume();
  }

  /** Sends the frame that closes the connection. */
  sayGoodbye(code: number, reason: string): void {
    super.close(code, reason);
  }

  /** Ends it as a broken one. */
  fail(error: Error): void {
    this._broke(error);
    this.closeCode = WSCloseCode.ABNORMAL_CLOSURE;
    this.terminate();
  }

  /** Called by `ws`: when the other side closes, and when what came is against the protocol. */
  override close(code?: number, reason?: string | Buffer): void {
    if (this.line === undefined || this.failure !== null) {
      super.close(code, reason);
      return;
    }
    const data = code ?? WSCloseCode.NO_STATUS_RECEIVED;
    this.closeCode ??= data;
    // A pause would keep the rest of the good-bye from coming.
    this._push({ type: WSMsgType.CLOSE, data, extra: String(reason ?? "") });
    if (this.line.autoclose) super.close(code, reason);
  }

  private _push(message: WSMessage): void {
    if (this._discarding) return;
    this._waiting.push(message);
    this._size += sizeOf(message);
    if (this._size > MOST_WAITING && this.readyState === WebSocket.OPEN) this.pause();
    this.line.changed();
  }

  private _broke(cause: Error): void {
    if (this.failure !== null) return;
    const code = CODES[(cause as { code?: string }).code ?? ""];
    this.failure = code === undefined ? cause : new WebSocketError(code, textOf(cause), { cause });
    if (code !== undefined) this.closeCode = code;
    // `ws` closes before it says why.
    if (this._waiting.at(-1)?.type === WSMsgType.CLOSE) this._waiting.pop();
    this._push({ type: WSMsgType.ERROR, data: this.failure, extra: "" });
  }
}

/** Bytes that a message takes besides its own, about. Without them any number of empty ones could wait. */
const OVERHEAD = 128;

function sizeOf({ data }: WSMessage): number {
  return OVERHEAD + (typeof data === "string" || data instanceof Uint8Array ? data.length : 0);
}

const CODES: Readonly<Record<string, number>> = {
  WS_ERR_EXPECTED_FIN: WSCloseCode.PROTOCOL_ERROR,
  WS_ERR_EXPECTED_MASK: WSCloseCode.PROTOCOL_ERROR,
  WS_ERR_INVALID_CLOSE_CODE: WSCloseCode.PROTOCOL_ERROR,
  WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH: WSCloseCode.PROTOCOL_ERROR,
  WS_ERR_INVALID_OPCODE: WSCloseCode.PROTOCOL_ERROR,
  WS_ERR_INVALID_UTF8: WSCloseCode.INVALID_TEXT,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: WSCloseCode.POLICY_VIOLATION,
  WS_ERR_UNEXPECTED_MASK: WSCloseCode.PROTOCOL_ERROR,
  WS_ERR_UNEXPECTED_RSV_1: WSCloseCode.PROTOCOL_ERROR,
  WS_ERR_UNEXPECTED_RSV_2_3: WSCloseCode.PROTOCOL_ERROR,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: WSCloseCode.MESSAGE_TOO_BIG,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: WSCloseCode.MESSAGE_TOO_BIG,
};

function textOf(cause: Error): string {
  const { code, message } = cause as Error & { code?: string };
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") {
    return "a message is larger than `maxMsgSize` allows (0: no limit), and the connection was closed with 1009";
  }
  return `what came is no WebSocket message: ${message.replace("Invalid WebSocket frame: ", "")}`;
}
