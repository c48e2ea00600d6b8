/** An aiohttp-shaped HTTP client for yieldfrom, on undici. */

export { BasicAuth } from "./basic-auth.ts";
export type { BodyFunction, BodyWriter } from "./body-writer.ts";
export { BaseConnector } from "./connector.ts";
export {
  ClientConnectorCertificateError,
  ClientConnectorDNSError,
  ClientConnectorSSLError,
  ClientHttpProxyError,
  ClientProxyConnectionError,
  ClientSocksProxyError,
  ServerFingerprintMismatch,
  type SocksRefusal,
  UnixClientConnectorError,
} from "./connector-errors.ts";
export type { BaseConnectorOptions } from "./connector-options.ts";
export type { ResponseContent } from "./content.ts";
export { type AbstractCookieJar, CookieJar, type CookieJarOptions, DummyCookieJar } from "./cookie-jar.ts";
export type { Cookies } from "./cookie-text.ts";
export { type DigestAuthOptions, digestAuth } from "./digest-auth.ts";
export {
  BodyTooLargeError,
  ClientConnectionError,
  ClientConnectorError,
  ClientError,
  ClientOSError,
  ClientPayloadError,
  ClientResponseError,
  ClientSSLError,
  ContentTypeError,
  InvalidUrlError,
  InvalidUrlRedirectClientError,
  NonHttpUrlClientError,
  NonHttpUrlRedirectClientError,
  type Phase,
  RedirectClientError,
  ServerConnectionError,
  ServerDisconnectedError,
  ServerProtocolError,
  ServerTimeoutError,
  type TimeoutName,
  TooManyRedirects,
  WSServerHandshakeError,
} from "./errors.ts";
export { type FieldOptions, FormData, type FormFields, type FormValue } from "./form-data.ts";
export type { Link } from "./link-header.ts";
export { type ClientHandler, type ClientMiddleware, ClientRequest } from "./middleware.ts";
export { Netrc, NetrcError } from "./netrc.ts";
export type { LoadedCookies, SkippedLine } from "./netscape-cookies.ts";
export type { ProxyAuth } from "./proxy.ts";
export { request, type SingleRequestOptions } from "./request.ts";
export type { RequestData } from "./request-body.ts";
export type { RequestHeaders } from "./request-headers.ts";
export type { AddressFamily, ResolvedAddress, Resolver } from "./resolver.ts";
export type { ClientResponse, ContentDisposition, RequestInfo } from "./response.ts";
export type { Cookie } from "./response-cookies.ts";
export type { RoutingOptions } from "./routing.ts";
export type { RaiseForStatus } from "./send.ts";
export { bodyStream, type Chunk, type Write, type WriteBody } from "./server/body-stream.ts";
export { ClientConnectionResetError, RequestEntityTooLargeError } from "./server/errors.ts";
export { FastResponse } from "./server/fast-response.ts";
export type { Handler } from "./server/handling.ts";
export type { ServeLimits, ServeOptions, TrustProxy } from "./server/options.ts";
export type { ServerRequest } from "./server/request.ts";
export { serve } from "./server/serve.ts";
export type { HttpServer } from "./server/server.ts";
export { type ServerSentEvent, sse } from "./server/sse.ts";
export { ClientSession } from "./session.ts";
export type { BodyLimits, ClientSessionOptions, RequestOptions } from "./session-options.ts";
export type { Ssl, SslOptions } from "./ssl.ts";
export { TCPConnector, type TCPConnectorOptions } from "./tcp-connector.ts";
export type { ClientTimeout } from "./timeouts.ts";
export {
  type TraceCallback,
  type TraceChunkParams,
  TraceConfig,
  type TraceConnectionParams,
  type TraceContext,
  type TraceDnsParams,
  type TraceParams,
  type TraceRequestEndParams,
  type TraceRequestExceptionParams,
  type TraceRequestRedirectParams,
  type TraceRequestStartParams,
} from "./tracing.ts";
export { UnixConnector } from "./unix-connector.ts";
export type { Query, QueryValue } from "./urls.ts";
export { ClientWebSocketResponse } from "./websocket/client.ts";
export type { WSConnectOptions } from "./websocket/connect.ts";
export { WebSocketError, WebSocketUpgradeError, WSMessageTypeError } from "./websocket/errors.ts";
export { WSCloseCode, type WSMessage, WSMsgType } from "./websocket/messages.ts";
export type { WebSocketOptions } from "./websocket/options.ts";
export { type UpgradeOptions, upgradeWebSocket, WebSocketResponse } from "./websocket/server.ts";
