/** What a WebSocket's messages are. Names and numbers are aiohttp's. */

/** The kinds of messages. Source: aiohttp `WSMsgType`; the numbers below 256 are RFC 6455's opcodes. */
export const WSMsgType = {
  TEXT: 0x1,
  BINARY: 0x2,
  /** The other side closes. */
  CLOSE: 0x8,
  PING: 0x9,
  PONG: 0xa,
  /** `close()` was called here, by another task. */
  CLOSING: 0x100,
  /** Nothing more will come. */
  CLOSED: 0x101,
  /** The connection broke, or what came is against the protocol. */
  ERROR: 0x102,
} as const;
export type WSMsgType = (typeof WSMsgType)[keyof typeof WSMsgType];

/** One message. `type` says what `data` is. Source: aiohttp `WSMessage`. */
export type WSMessage =
  | { readonly type: typeof WSMsgType.TEXT; readonly data: string; readonly extra: "" }
  | { readonly type: typeof WSMsgType.BINARY; readonly data: Uint8Array; readonly extra: "" }
  | { readonly type: typeof WSMsgType.PING | typeof WSMsgType.PONG; readonly data: Uint8Array; readonly extra: "" }
  /** `data`: the code of the other side, 1005 if it gave none; `extra`: the reason it gave. */
  | { readonly type: typeof WSMsgType.CLOSE; readonly data: number; readonly extra: string }
  | { readonly type: typeof WSMsgType.CLOSING | typeof WSMsgType.CLOSED; readonly data: undefined; readonly extra: "" }
  | { readonly type: typeof WSMsgType.ERROR; readonly data: Error; readonly extra: "" };

/** Why a connection was closed. Source: RFC 6455 section 7.4.1, aiohttp `WSCloseCode`. */
export const WSCloseCode = {
  OK: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  UNSUPPORTED_DATA: 1003,
  /** Never sent: there was no code. */
  NO_STATUS_RECEIVED: 1005,
  /** Never sent: the connection ended without a word. */
  ABNORMAL_CLOSURE: 1006,
  INVALID_TEXT: 1007,
  POLICY_VIOLATION: 1008,
  MESSAGE_TOO_BIG: 1009,
  MANDATORY_EXTENSION: 1010,
  INTERNAL_ERROR: 1011,
  SERVICE_RESTART: 1012,
  TRY_AGAIN_LATER: 1013,
  BAD_GATEWAY: 1014,
} as const;
export type WSCloseCode = (typeof WSCloseCode)[keyof typeof WSCloseCode];

export const CLOSING: WSMessage = Object.freeze({ type: WSMsgType.CLOSING, data: undefined, extra: "" });
export const CLOSED: WSMessage = Object.freeze({ type: WSMsgType.CLOSED, data: undefined, extra: "" });

/** For example `TEXT`. */
export function nameOfType(type: WSMsgType): string {
  return Object.entries(WSMsgType).find(([, value]) => value === type)?.[0] ?? String(type);
}
