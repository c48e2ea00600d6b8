import { nameOfType, type WSMessage } from "./messages.ts";

/**
 * What came over a WebSocket is against the protocol, or too big; it is the `data` of a message of type ERROR, and what
 * `exception()` gives. Source: aiohttp `WebSocketError`.
 */
export class WebSocketError extends Error {
  override readonly name = "WebSocketError";
  readonly errorCode = "ERR_WEBSOCKET";
  /** The WSCloseCode that the other side was told. */
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `receiveStr` and the like got a message of another type. Source: aiohttp `WSMessageTypeError`. */
export class WSMessageTypeError extends TypeError {
  override readonly name = "WSMessageTypeError";
  readonly code = "ERR_WS_MESSAGE_TYPE";
  /** What came instead. */
  readonly wsMessage: WSMessage;

  constructor(where: string, expected: string, wsMessage: WSMessage) {
    const { type, data } = wsMessage;
    const what = typeof data === "number" || data instanceof Error ? ` (${data})` : "";
    super(`${where}: expected a message of type ${expected}, got ${nameOfType(type)}${what}; \`receive()\` takes any`);
    this.wsMessage = wsMessage;
  }
}

/** A request that should become a WebSocket can't. Answered with 426 or 400. Source: aiohttp, as HTTPBadRequest there. */
export class WebSocketUpgradeError extends Error {
  override readonly name = "WebSocketUpgradeError";
  readonly code = "ERR_WEBSOCKET_UPGRADE";
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}
