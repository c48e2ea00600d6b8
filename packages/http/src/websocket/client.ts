import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Coroutine, EventLoop } from "yieldfrom";
import type { Attempt } from "../attempt.ts";
import { ClientConnectionError, WSServerHandshakeError } from "../errors.ts";
import type { Hop } from "../hop.ts";
import { Channel } from "./channel.ts";
import { WebSocketConnection } from "./connection.ts";
import { type WebSocketOptions, type WebSocketSettings, webSocketSettings, wsOptions } from "./options.ts";

/**
 * A WebSocket, of the side that asked for it. Made by `session.wsConnect()`. Source: aiohttp `ClientWebSocketResponse`.
 *
 * ```ts
 * function* ask(session: ClientSession, question: string) {
 *   using socket = yield* session.wsConnect("ws://localhost:8080/chat");
 *   yield* socket.sendStr(question);
 *   const answer = yield* socket.receiveStr();
 *   yield* socket.close();
 *   return answer;
 * }
 * ```
 */
export class ClientWebSocketResponse extends WebSocketConnection {
  /** The URL it is connected to, without credentials. */
  readonly url: string;
  /** The headers of the server's answer. */
  readonly headers: Headers;

  /** @internal */
  constructor(
    loop: EventLoop,
    channel: Channel,
    settings: WebSocketSettings,
    url: string,
    headers: Headers,
    bytesRead: () => number,
  ) {
    super(loop, channel, settings, url, bytesRead);
    this.url = url;
    this.headers = headers;
  }
}

/** Makes a socket that is connected a WebSocket. It is closed when that fails, or is cancelled. */
export function* openWebSocket(
  socket: Socket,
  hop: Hop,
  options: WebSocketOptions & { readonly origin?: string | undefined },
  attempt: Attempt,
  isThroughProxy: boolean,
): Coroutine<ClientWebSocketResponse> {
  const { loop } = attempt;
  const { origin, protocols = [] } = options;
  const url = hop.url.replace(/^http/, "ws");
  const settings = webSocketSettings(options);
  const opened = loop.createFuture<ClientWebSocketResponse>();
  const channel = new Channel(url, [...protocols], {
    ...wsOptions(options),
    createConnection: () => socket,
    headers: headersOf(hop, isThroughProxy) as Record<string, string>,
    ...(origin === undefined ? null : { origin }),
  });
  let answer: IncomingMessage | null = null;
  const refused = (response: IncomingMessage, what: string) => {
    const { statusCode: status = 0, statusMessage: reason = "" } = response;
    const facts = { status, reason, headers: headersFrom(response), history: hop.history };
    return new WSServerHandshakeError(hop, facts as never, what);
  };
  const fail = (error: Error) => {
    if (!opened.done()) opened.setException(error);
  };
  channel.on("upgrade", (response) => {
    answer = response;
  });
  channel.on("unexpected-response", (_, response) => {
    const { statusCode, statusMessage = "" } = response;
    fail(
      refused(response, `the server did not become a WebSocket, but answered ${statusCode} ${statusMessage}`.trimEnd()),
    );
    response.destroy();
  });
  channel.on("error", (cause) => {
    if (answer !== null) fail(refused(answer, `the server's answer is none for a WebSocket: ${cause.message}`));
    else fail(new ClientConnectionError(hop, attempt.phase, `no answer came: ${cause.message}`, { cause }));
  });
  // Here, so that no message that comes with the answer is missed.
  channel.on("open", () => {
    if (opened.done()) return;
    const headers = headersFrom(answer as unknown as IncomingMessage);
    opened.setResult(new ClientWebSocketResponse(loop, channel, settings, url, headers, () => socket.bytesRead));
  });
  attempt.phase = "waiting for headers";
  try {
    return yield* attempt.wait(opened);
  } catch (error) {
    channel.terminate();
    socket.destroy();
    throw error;
  }
}

function headersOf(hop: Hop, isThroughProxy: boolean): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, value] of hop.headers) {
    // What is for the proxy is none of the server's business.
    if (!(isThroughProxy && name === "proxy-authorization")) headers[name] = value;
  }
  return headers;
}

function headersFrom({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] as string, rawHeaders[i + 1] as string);
  return headers;
}
