import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer } from "ws";
import { type Coroutine, coroutine, type EventLoop, getRunningLoop, RuntimeError } from "yieldfrom";
import { Channel } from "./channel.ts";
import { WebSocketConnection } from "./connection.ts";
import { WebSocketUpgradeError } from "./errors.ts";
import { type WebSocketOptions, type WebSocketSettings, webSocketSettings, wsOptions } from "./options.ts";

/** Options of `upgradeWebSocket`. */
export interface UpgradeOptions extends WebSocketOptions {
  /** Sent with the answer, a cookie for instance. */
  readonly headers?: ConstructorParameters<typeof Headers>[0] | undefined;
}

/** What a request that asks to become a WebSocket has come with. */
export interface Upgrade {
  readonly incoming: IncomingMessage;
  readonly socket: Socket;
  /** What the client sent after its request. */
  readonly head: Buffer;
  readonly name: string;
  /** From here on the connection is no longer HTTP's. */
  release(): void;
  /** Set once it has become one. */
  accepted: WebSocketResponse | null;
}

/**
 * A WebSocket, of the side that was asked for it. Made by `upgradeWebSocket()`. Source: aiohttp `WebSocketResponse`.
 */
export class WebSocketResponse extends WebSocketConnection {
  /** @internal */
  constructor(loop: EventLoop, channel: Channel, settings: WebSocketSettings, upgrade: Upgrade) {
    super(loop, channel, settings, upgrade.name, () => upgrade.socket.bytesRead);
  }
}

/** Requests that may become WebSockets. */
export const upgrades = new WeakMap<object, Upgrade>();

/**
 * Makes a request of `serve` a WebSocket, which its handler then returns. When it ends, the WebSocket is closed: with 1000, with
 * 1011 if the handler failed, with 1001 if the server stops.
 *
 * ```ts
 * function* shout(request: ServerRequest) {
 *   const socket = yield* upgradeWebSocket(request);
 *   yield* forEach(socket, function* (message) {
 *     if (message.type === WSMsgType.TEXT) yield* socket.sendStr(message.data.toUpperCase());
 *   });
 *   return socket;
 * }
 * ```
 * From here on the task is not cancelled when the client goes away: `receive()` says so, and `waitClosed()`. Browsers let
 * any page open one, with your users' cookies: look at `request.headers.get("origin")` first, if that matters.
 * @throws WebSocketUpgradeError if the request does not ask for one, which is answered with 426 unless it is caught
 */
export function upgradeWebSocket(request: Request, options: UpgradeOptions = {}): Coroutine<WebSocketResponse> {
  return upgrade(request, options);
}

const upgrade = coroutine(function* upgradeWebSocket(
  request: Request,
  options: UpgradeOptions,
): Coroutine<WebSocketResponse> {
  const loop = getRunningLoop();
  const asked = upgrades.get(request);
  if (asked?.accepted) throw new RuntimeError(`${asked.name} has become a WebSocket already`);
  if (asked === undefined) {
    throw new WebSocketUpgradeError(`${request.method} ${request.url} does not ask for a WebSocket`, 426);
  }
  const settings = webSocketSettings(options);
  const { protocols = [], headers } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    WebSocket: Channel,
    ...wsOptions(options),
    // As aiohttp: the first of the client's that is known here.
    handleProtocols: (wanted) => [...wanted].find((one) => protocols.includes(one)) ?? false,
  });
  server.on("headers", (lines) => {
    for (const [name, value] of new Headers(headers)) lines.push(`${name}: ${value}`);
  });
  asked.release();
  let accepted = null as WebSocketResponse | null;
  server.handleUpgrade(asked.incoming, asked.socket, asked.head, (channel) => {
    accepted = new WebSocketResponse(loop, channel, settings, asked);
  });
  // It is answered already, with 400.
  if (accepted === null) throw new WebSocketUpgradeError(`${asked.name}: a WebSocket handshake that is none`, 400);
  asked.accepted = accepted;
  return accepted;
});
