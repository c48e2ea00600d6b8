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
export { ClientSession, type ClientSessionOptions, type RequestOptions } from "./session.ts";
export type { ClientTimeout } from "./timeouts.ts";
export type { Query, QueryValue } from "./urls.ts";
