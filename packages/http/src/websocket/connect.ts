import type { Coroutine, EventLoop } from "yieldfrom";
import { Attempt, within } from "../attempt.ts";
import type { BasicAuth } from "../basic-auth.ts";
import type { BaseConnector } from "../connector.ts";
import { ServerTimeoutError } from "../errors.ts";
import type { Hop } from "../hop.ts";
import type { Route } from "../hosts.ts";
import type { RequestHeaders } from "../request-headers.ts";
import type { RoutingOptions } from "../routing.ts";
import type { Timeouts } from "../timeouts.ts";
import type { Query } from "../urls.ts";
import { type ClientWebSocketResponse, openWebSocket } from "./client.ts";
import type { WebSocketOptions } from "./options.ts";

/** Options of `wsConnect`. Source: aiohttp `ClientSession.ws_connect`. */
export interface WSConnectOptions extends WebSocketOptions, RoutingOptions {
  /** Sent with the request, besides the session's. */
  readonly headers?: RequestHeaders;
  /** The Origin header, which browsers send. */
  readonly origin?: string | undefined;
  readonly auth?: BasicAuth;
  /** Added to the URL's query. */
  readonly params?: Query;
}

/** The URL that is asked: the schemes ws and wss are another word for http and https (RFC 6455 section 3). */
export function webSocketUrl(url: string | URL): string {
  return String(url).replace(/^ws(?=s?:)/i, "http");
}

/** Connects and shakes hands, both within the session's timeouts. */
export function connectWebSocket(
  loop: EventLoop,
  connector: BaseConnector,
  hop: Hop,
  route: Route | null,
  { total, sockConnect }: Timeouts,
  options: WSConnectOptions,
): Coroutine<ClientWebSocketResponse> {
  const attempt = new Attempt(loop, hop);
  const late = (phase: Attempt["phase"], cause: unknown) =>
    new ServerTimeoutError(hop, phase, "total", total ?? 0, { cause });
  const when = total === null ? null : loop.time() + total;
  return within(
    when,
    (cause) => late(attempt.phase, cause),
    function* () {
      const socket = yield* connector._connect(hop.target, route, attempt, { when, late, sockConnect });
      return yield* openWebSocket(socket, hop, options, attempt, Boolean(route?.proxy));
    },
  );
}
