/**
 * What can go wrong with a request. As in core, `code` is stable and meant to be matched on; messages are for people,
 * and name the method, the URL (credentials in it left out) and the phase.
 */
import { TimeoutError } from "yieldfrom";

/** How far a request had come. */
export type Phase =
  | "preparing the request"
  | "waiting for a connection"
  | "connecting"
  | "sending the request"
  | "waiting for headers"
  | "reading the body"
  | "checking the answer";

/** What an error is about. `url` holds no credentials. */
export interface Subject {
  readonly method: string;
  readonly url: string;
}

const isOrdinaryInstance = Function.prototype[Symbol.hasInstance];

/** For `instanceof ClientError` and its subclasses: `this` is the class that was asked about. */
function hasInstance(this: unknown, value: unknown): boolean {
  if (isOrdinaryInstance.call(this, value)) return true;
  return (this === ClientError || this === ClientConnectionError) && isOrdinaryInstance.call(ServerTimeoutError, value);
}

/**
 * A request failed. Source: aiohttp `ClientError`.
 *
 * `instanceof ClientError` and `instanceof ClientConnectionError` hold for a ServerTimeoutError too, though its class
 * extends core's TimeoutError: aiohttp's has both bases, and a JavaScript class can have only one.
 */
export class ClientError extends Error {
  static override readonly [Symbol.hasInstance] = hasInstance;
  override readonly name: string = "ClientError";
  readonly code: string = "ERR_CLIENT";
  readonly method: string;
  readonly url: string;
  readonly phase: Phase;

  constructor(subject: Subject, phase: Phase, what: string, options?: ErrorOptions) {
    super(textOf(subject, phase, what), options);
    this.method = subject.method;
    this.url = subject.url;
    this.phase = phase;
  }
}

/** The connection could not be made, was lost or was closed by its session. Source: aiohttp `ClientConnectionError`. */
export class ClientConnectionError extends ClientError {
  override readonly name: string = "ClientConnectionError";
  override readonly code: string = "ERR_CLIENT_CONNECTION";
}

/** No connection could be made: refused, unreachable, unknown name, bad certificate. Source: aiohttp `ClientConnectorError`. */
export class ClientConnectorError extends ClientConnectionError {
  override readonly name: string = "ClientConnectorError";
  override readonly code: string = "ERR_CLIENT_CONNECTOR";
}

/** The server closed the connection before the headers of its response were there. Source: aiohttp `ServerDisconnectedError`. */
export class ServerDisconnectedError extends ClientConnectionError {
  override readonly name = "ServerDisconnectedError";
  override readonly code = "ERR_SERVER_DISCONNECTED";
}

/**
 * What the server sent is not HTTP, or its headers are too large. aiohttp throws a ClientResponseError with a status
 * of 400, which no server sent.
 */
export class ServerProtocolError extends ClientConnectionError {
  override readonly name = "ServerProtocolError";
  override readonly code = "ERR_SERVER_PROTOCOL";
}

/** A body ended early or was malformed. Source: aiohttp `ClientPayloadError`. */
export class ClientPayloadError extends ClientError {
  override readonly name = "ClientPayloadError";
  override readonly code = "ERR_CLIENT_PAYLOAD";
}

/** What is no http or https URL was requested, or a redirect led to one. Source: aiohttp `InvalidURL`. */
export class InvalidUrlError extends ClientError {
  override readonly name = "InvalidUrlError";
  override readonly code = "ERR_INVALID_URL";
}

/** What a ClientResponseError tells of the response. */
export interface ResponseFacts {
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
}

/** A response came and is not what was wanted: see `raiseForStatus`. Source: aiohttp `ClientResponseError`. */
export class ClientResponseError extends ClientError {
  override readonly name: string = "ClientResponseError";
  override readonly code: string = "ERR_CLIENT_RESPONSE";
  /** The status code, 404 for instance. */
  readonly status: number;
  /** The status text, "Not Found" for instance. */
  readonly reason: string;
  /** The response's headers. */
  readonly headers: Headers;

  constructor(subject: Subject, response: ResponseFacts, what: string, options?: ErrorOptions) {
    super(subject, "checking the answer", what, options);
    this.status = response.status;
    this.reason = response.reason;
    this.headers = response.headers;
  }
}

/** `json()` met a body that is declared to be something else. Source: aiohttp `ContentTypeError`. */
export class ContentTypeError extends ClientResponseError {
  override readonly name = "ContentTypeError";
  override readonly code = "ERR_CONTENT_TYPE";
}

/** Redirects went on for longer than `maxRedirects`. Source: aiohttp `TooManyRedirects`. */
export class TooManyRedirects extends ClientResponseError {
  override readonly name = "TooManyRedirects";
  override readonly code = "ERR_TOO_MANY_REDIRECTS";
}

/** The fields of a `ClientTimeout`. */
export type TimeoutName = "total" | "connect" | "sockConnect" | "sockRead";

/**
 * A limit of the request's `ClientTimeout` ran out: `limit` says which. It is a TimeoutError of core and, to
 * `instanceof`, a ClientConnectionError. Source: aiohttp `ServerTimeoutError` and, for `total`, `asyncio.TimeoutError`.
 */
export class ServerTimeoutError extends TimeoutError {
  override readonly name = "ServerTimeoutError";
  override readonly code = "ERR_SERVER_TIMEOUT";
  readonly method: string;
  readonly url: string;
  readonly phase: Phase;
  /** Which limit of `ClientTimeout` it was. */
  readonly limit: TimeoutName;

  constructor(subject: Subject, phase: Phase, limit: TimeoutName, ms: number, options?: ErrorOptions) {
    const advice = `; \`timeout: { ${limit}: … }\` sets it, null for no limit`;
    super(textOf(subject, phase, `the ${limit} timeout of ${ms} ms ran out`) + advice, options);
    this.method = subject.method;
    this.url = subject.url;
    this.phase = phase;
    this.limit = limit;
  }
}

function textOf(subject: Subject, phase: Phase, what: string): string {
  const when = phase === "checking the answer" ? "" : ` while ${phase}`;
  return `${subject.method} ${subject.url}: ${what}${when}`;
}
