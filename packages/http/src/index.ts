/** An aiohttp-shaped HTTP client for yieldfrom, on undici. */

export { BaseConnector, type BaseConnectorOptions } from "./connector.ts";
export {
  ClientConnectorCertificateError,
  ClientConnectorDNSError,
  ClientConnectorSSLError,
  ClientHttpProxyError,
  ClientProxyConnectionError,
  ServerFingerprintMismatch,
  UnixClientConnectorError,
} from "./connector-errors.ts";
export type { ResponseContent } from "./content.ts";
export {
  ClientConnectionError,
  ClientConnectorError,
  ClientError,
  ClientPayloadError,
  ClientResponseError,
  ContentTypeError,
  InvalidUrlError,
  type Phase,
  ServerDisconnectedError,
  ServerProtocolError,
  ServerTimeoutError,
  type TimeoutName,
  TooManyRedirects,
} from "./errors.ts";
export type { ProxyAuth } from "./proxy.ts";
export type { RequestData } from "./request-body.ts";
export type { RequestHeaders } from "./request-headers.ts";
export type { AddressFamily, ResolvedAddress, Resolver } from "./resolver.ts";
export type { ClientResponse } from "./response.ts";
export type { RoutingOptions } from "./routing.ts";
export { ClientSession, type ClientSessionOptions, type RequestOptions } from "./session.ts";
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
