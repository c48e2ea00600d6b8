/** An aiohttp-shaped HTTP client for yieldfrom, on undici. */

export type { ConnectorOptions } from "./connector.ts";
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
export type { RequestData } from "./request-body.ts";
export type { RequestHeaders } from "./request-headers.ts";
export type { ClientResponse } from "./response.ts";
export { ClientConnectionResetError, RequestEntityTooLargeError } from "./server/errors.ts";
export { FastResponse } from "./server/fast-response.ts";
export type { Handler } from "./server/handling.ts";
export type { ServeLimits, ServeOptions, TrustProxy } from "./server/options.ts";
export { type Chunk, toReadable, type Write, type WriteBody } from "./server/readable.ts";
export type { ServerRequest } from "./server/request.ts";
export { serve } from "./server/serve.ts";
export type { HttpServer } from "./server/server.ts";
export { type ServerSentEvent, sse } from "./server/sse.ts";
export { ClientSession, type ClientSessionOptions, type RequestOptions } from "./session.ts";
export type { ClientTimeout } from "./timeouts.ts";
export type { Query, QueryValue } from "./urls.ts";
