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

/**
 * For `instanceof ClientError` and its subclasses: `this` is the class that was asked about. aiohttp's tree has classes
 * with two bases, and a JavaScript class can have only one: the other ones are answered for here.
 */
function hasInstance(this: unknown, value: unknown): boolean {
  if (isOrdinaryInstance.call(this, value)) return true;
  switch (this) {
    case ClientError:
    case ClientConnectionError:
    case ServerConnectionError:
      return isOrdinaryInstance.call(ServerTimeoutError, value);
    case RedirectClientError:
      return (
        isOrdinaryInstance.call(InvalidUrlRedirectClientError, value) ||
        isOrdinaryInstance.call(NonHttpUrlRedirectClientError, value)
      );
    default:
      return false;
  }
}

/**
 * A request failed. Source: aiohttp `ClientError`.
 *
 * `instanceof ClientError`, `instanceof ClientConnectionError` and `instanceof ServerConnectionError` hold for a
 * ServerTimeoutError too, though its class extends core's TimeoutError, as both are bases of aiohttp's.
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

/** The operating system refused something, or reported the connection lost. Source: aiohttp `ClientOSError`. */
export class ClientOSError extends ClientConnectionError {
  override readonly name: string = "ClientOSError";
  override readonly code: string = "ERR_CLIENT_OS";

  /** The system's own code, "ECONNREFUSED" for instance; "" if there is none. Source: Python's `OSError.errno`. */
  get errno(): string {
    return systemCode(this.cause);
  }
}

/** No connection could be made: refused, unreachable, given up. Source: aiohttp `ClientConnectorError`. */
export class ClientConnectorError extends ClientOSError {
  override readonly name: string = "ClientConnectorError";
  override readonly code: string = "ERR_CLIENT_CONNECTOR";
}

/** TLS could not be agreed upon. Source: aiohttp `ClientSSLError`. */
export class ClientSSLError extends ClientConnectorError {
  override readonly name: string = "ClientSSLError";
  override readonly code: string = "ERR_CLIENT_SSL";
}

/** The server did not do what a server should. Source: aiohttp `ServerConnectionError`. */
export class ServerConnectionError extends ClientConnectionError {
  override readonly name: string = "ServerConnectionError";
  override readonly code: string = "ERR_SERVER_CONNECTION";
}

/** The server closed the connection before the headers of its response were there. Source: aiohttp `ServerDisconnectedError`. */
export class ServerDisconnectedError extends ServerConnectionError {
  override readonly name = "ServerDisconnectedError";
  override readonly code = "ERR_SERVER_DISCONNECTED";
}

/**
 * What the server sent is not HTTP, or its headers are too large. aiohttp throws a ClientResponseError with a status
 * of 400, which no server sent.
 */
export class ServerProtocolError extends ServerConnectionError {
  override readonly name = "ServerProtocolError";
  override readonly code = "ERR_SERVER_PROTOCOL";
}

/** A body ended early or was malformed, or could not be decompressed. Source: aiohttp `ClientPayloadError`. */
export class ClientPayloadError extends ClientError {
  override readonly name: string = "ClientPayloadError";
  override readonly code: string = "ERR_CLIENT_PAYLOAD";
}

/** A body is larger than the bound that was set for it. No counterpart in aiohttp, which has no such bound. */
export class BodyTooLargeError extends ClientPayloadError {
  override readonly name = "BodyTooLargeError";
  override readonly code = "ERR_BODY_TOO_LARGE";
}

/** What is no URL was requested, or a redirect led to one. Source: aiohttp `InvalidURL` and `InvalidUrlClientError`. */
export class InvalidUrlError extends ClientError {
  override readonly name: string = "InvalidUrlError";
  override readonly code: string = "ERR_INVALID_URL";
}

/** What was requested is a URL of another scheme. Source: aiohttp `NonHttpUrlClientError`. */
export class NonHttpUrlClientError extends InvalidUrlError {
  override readonly name: string = "NonHttpUrlClientError";
  override readonly code: string = "ERR_NON_HTTP_URL";
}

/** A redirect led astray: to what is no URL, or to another scheme. Source: aiohttp `RedirectClientError`. */
export class RedirectClientError extends ClientError {
  override readonly name: string = "RedirectClientError";
  override readonly code: string = "ERR_REDIRECT";
}

/** A redirect led to what is no URL; it is a RedirectClientError too. Source: aiohttp `InvalidUrlRedirectClientError`. */
export class InvalidUrlRedirectClientError extends InvalidUrlError {
  override readonly name = "InvalidUrlRedirectClientError";
  override readonly code = "ERR_INVALID_URL_REDIRECT";
}

/** A redirect led to another scheme; it is a RedirectClientError too. Source: aiohttp `NonHttpUrlRedirectClientError`. */
export class NonHttpUrlRedirectClientError extends NonHttpUrlClientError {
  override readonly name = "NonHttpUrlRedirectClientError";
  override readonly code = "ERR_NON_HTTP_URL_REDIRECT";
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

/** A server did not become a WebSocket. Source: aiohttp `WSServerHandshakeError`. */
export class WSServerHandshakeError extends ClientResponseError {
  override readonly name = "WSServerHandshakeError";
  override readonly code = "ERR_WS_SERVER_HANDSHAKE";
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

/** The code of the operating system's (or of TLS's) error that lies at the bottom of `error`; "" if there is none. */
export function systemCode(error: unknown): string {
  const first = error instanceof AggregateError && !("code" in error) ? error.errors[0] : error;
  const code = (first as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}

function textOf(subject: Subject, phase: Phase, what: string): string {
  const when = phase === "checking the answer" ? "" : ` while ${phase}`;
  return `${subject.method} ${subject.url}: ${what}${when}`;
}
