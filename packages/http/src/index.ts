/** An aiohttp-shaped HTTP client for yieldfrom, on undici. */

export { BasicAuth } from "./basic-auth.ts";
export type { BodyFunction, BodyWriter } from "./body-writer.ts";
export type { ConnectorOptions } from "./connector.ts";
export type { ResponseContent } from "./content.ts";
export { type AbstractCookieJar, CookieJar, type CookieJarOptions, DummyCookieJar } from "./cookie-jar.ts";
export type { Cookies } from "./cookie-text.ts";
export {
  BodyTooLargeError,
  ClientConnectionError,
  ClientConnectorCertificateError,
  ClientConnectorDNSError,
  ClientConnectorError,
  ClientConnectorSSLError,
  ClientError,
  ClientHttpProxyError,
  ClientOSError,
  ClientPayloadError,
  ClientProxyConnectionError,
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
export { request, type SingleRequestOptions } from "./request.ts";
export type { RequestData } from "./request-body.ts";
export type { RequestHeaders } from "./request-headers.ts";
export type { ClientResponse, RequestInfo } from "./response.ts";
export type { Cookie } from "./response-cookies.ts";
export type { RaiseForStatus } from "./send.ts";
export { ClientSession } from "./session.ts";
export type { BodyLimits, ClientSessionOptions, RequestOptions } from "./session-options.ts";
export type { ClientTimeout } from "./timeouts.ts";
export type { Query, QueryValue } from "./urls.ts";
