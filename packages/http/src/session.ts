import { type Coroutine, coroutine, type EventLoop, from, getRunningLoop, RuntimeError } from "yieldfrom";
import { BasicAuth } from "./basic-auth.ts";
import { BaseConnector } from "./connector.ts";
import { type AbstractCookieJar, CookieJar } from "./cookie-jar.ts";
import { type Cookies, cookieMap } from "./cookie-text.ts";
import { type GivenCookies, Hop, NO_COOKIES, type Shared } from "./hop.ts";
import type { ClientMiddleware } from "./middleware.ts";
import { Netrc } from "./netrc.ts";
import { proxyVariables } from "./proxy-env.ts";
import { requestBody } from "./request-body.ts";
import { autoHeaders, forRange, type HeaderMap, mergeHeaders, nameSet } from "./request-headers.ts";
import type { ClientResponse } from "./response.ts";
import { overRouting, type Routing, routeOf, routingOf } from "./routing.ts";
import { type RaiseForStatus, send, type Terms } from "./send.ts";
import { type ClientSessionOptions, checkSizes, type RequestOptions } from "./session-options.ts";
import { TCPConnector } from "./tcp-connector.ts";
import { type ClientTimeout, completeTimeouts, DEFAULT_TIMEOUTS, type Timeouts } from "./timeouts.ts";
import { tracedSend } from "./traced.ts";
import { type TraceConfig, Tracer } from "./tracing.ts";
import { addQuery, resolveBaseUrl, resolveUrl } from "./urls.ts";
import type { ClientWebSocketResponse } from "./websocket/client.ts";
import { connectWebSocket, type WSConnectOptions, webSocketUrl } from "./websocket/connect.ts";

/**
 * Makes HTTP requests, keeps connections for the next ones and shares them out. Source: aiohttp `ClientSession`.
 *
 * ```ts
 * using session = new ClientSession();
 * using response = yield* session.get("https://flags.example/cn.gif");
 * const image = yield* response.read();
 * ```
 *
 * What `get` and the like return does nothing until it is awaited in a coroutine. Cancelling the task that awaits it
 * aborts the request and frees its connection. A session belongs to the `run` it is first used in.
 */
export class ClientSession {
  /** Its cookies. */
  readonly cookieJar: AbstractCookieJar;
  /** Sent with every request, to `baseUrl`'s origin only if there is one. */
  readonly auth: BasicAuth | undefined;
  private readonly _baseUrl: URL | undefined;
  private readonly _given: HeaderMap;
  private readonly _headers: HeaderMap;
  private readonly _cookies: GivenCookies;
  private readonly _shared: Shared;
  private readonly _timeouts: Timeouts;
  private readonly _raiseForStatus: RaiseForStatus;
  private readonly _jsonSerialize: (value: unknown) => string;
  private readonly _middlewares: readonly ClientMiddleware[];
  private readonly _connector: BaseConnector;
  private readonly _ownsConnector: boolean;
  private readonly _routing: Routing | null;
  private readonly _traceConfigs: readonly TraceConfig[];
  private _loop: EventLoop | null = null;
  private _closed = false;

  /**
   * @throws RangeError, TypeError, InvalidUrlError for an option that is out of range; NetrcError for the netrc of the
   *   environment, if `trustEnv`
   */
  constructor(options: ClientSessionOptions = {}) {
    const { baseUrl, headers, auth, cookies, raiseForStatus = false, jsonSerialize = JSON.stringify } = options;
    const { connector = {}, connectorOwner = true, proxy, proxyAuth, trustEnv = false, traceConfigs = [] } = options;
    this._baseUrl = baseUrl === undefined ? undefined : resolveBaseUrl(baseUrl);
    this.auth = auth ?? (this._baseUrl && BasicAuth.takenOutOf(this._baseUrl));
    this.cookieJar = options.cookieJar ?? new CookieJar();
    const { netrc = trustEnv ? Netrc.read() : null } = options;
    this._shared = {
      jar: this.cookieJar,
      netrc: netrc?._isEmpty === false ? netrc : null,
      secretHeaders: nameSet(options.secretHeaders),
      skipAutoHeaders: nameSet(options.skipAutoHeaders),
      autoDecompress: options.autoDecompress ?? true,
      ...checkSizes(options, { maxInflatedSize: undefined, maxBodySize: null }),
    };
    this._given = mergeHeaders(new Map(), headers);
    this._headers = mergeHeaders(autoHeaders(this._shared.skipAutoHeaders), this._given);
    if (this.auth !== undefined && this._headers.has("authorization")) throw twoAuthorizations("the session");
    this._cookies = cookies === undefined ? NO_COOKIES : { below: cookieMap(cookies), above: undefined };
    this._timeouts = completeTimeouts(options.timeout, DEFAULT_TIMEOUTS);
    this._raiseForStatus = raiseForStatus;
    this._jsonSerialize = jsonSerialize;
    this._middlewares = options.middlewares ?? [];
    this._connector = connector instanceof BaseConnector ? connector : new TCPConnector(connector);
    this._ownsConnector = connectorOwner;
    this._routing = routingOf({ proxy, proxyAuth }, trustEnv ? proxyVariables(process.env) : null);
    this._traceConfigs = traceConfigs;
  }

  /** Its default headers, a copy. */
  get headers(): Headers {
    const headers = new Headers();
    for (const [name, values] of this._headers) for (const value of [values].flat()) headers.append(name, value);
    return headers;
  }

  /** Its timeouts, complete. */
  get timeout(): Required<ClientTimeout> {
    return this._timeouts;
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this._closed;
  }

  /** A GET request, see `request`. */
  get(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse> {
    return this.request("GET", url, options);
  }

  /** A HEAD request, see `request`; it follows redirects only if `allowRedirects` says so. */
  head(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse> {
    return this.request("HEAD", url, options);
  }

  /** A POST request, see `request`. */
  post(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse> {
    return this.request("POST", url, options);
  }

  /** A PUT request, see `request`. */
  put(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse> {
    return this.request("PUT", url, options);
  }

  /** A PATCH request, see `request`. */
  patch(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse> {
    return this.request("PATCH", url, options);
  }

  /** A DELETE request, see `request`. */
  delete(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse> {
    return this.request("DELETE", url, options);
  }

  /** An OPTIONS request, see `request`. */
  options(url: string | URL, options?: RequestOptions): Coroutine<ClientResponse> {
    return this.request("OPTIONS", url, options);
  }

  /**
   * Sends a request and waits for the headers of its response. Source: aiohttp `ClientSession.request`.
   *
   * When the server is found to have closed a kept connection, a request that may be repeated is, once.
   * @throws when awaited: ClientConnectorError, ServerDisconnectedError, ServerProtocolError, ServerTimeoutError,
   *   InvalidUrlError, TooManyRedirects; ClientResponseError if `raiseForStatus`; TypeError, RangeError for options that
   *   can't be; RuntimeError if the session is closed or belongs to another run
   */
  request(method: string, url: string | URL, options: RequestOptions = {}): Coroutine<ClientResponse> {
    return request(this, method.toUpperCase(), url, options);
  }

  /**
   * Opens a WebSocket: asks for one and waits for the server's answer, no longer than `total` of the session's timeouts. It
   * counts in no `limit` of the connector, is closed with it, and follows no redirect.
   * Source: aiohttp `ClientSession.ws_connect`.
   * @param url ws or wss, http or https; a relative one is resolved against `baseUrl`
   * @throws when awaited: WSServerHandshakeError if the server answers something else; ClientConnectorError and what else a
   *   request fails with; TypeError, RangeError for options that can't be
   */
  wsConnect(url: string | URL, options: WSConnectOptions = {}): Coroutine<ClientWebSocketResponse> {
    return wsConnect(this, url, options);
  }

  /** Closes every connection, whatever goes on, and waits until the sockets are closed. Idempotent. */
  close(): Coroutine<void> {
    return close(this);
  }

  /** As `close`, but does not wait. */
  [Symbol.dispose](): void {
    void this._close();
  }

  /** As `close`, for async functions. */
  [Symbol.asyncDispose](): Promise<void> {
    return this._close();
  }

  /** For example `<ClientSession hosts=1 connections=3 idle=2>`. */
  toString(): string {
    return `<ClientSession ${this._closed ? "closed" : this._connector}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** @internal */
  *_request(method: string, url: string | URL, options: RequestOptions): Coroutine<ClientResponse> {
    const loop = this._enter();
    const { data, json, allowRedirects = method !== "HEAD", maxRedirects = 10 } = options;
    if (!Number.isInteger(maxRedirects) || maxRedirects < 0) {
      throw new RangeError(`Expected \`maxRedirects\` to be a whole number of at least 0, got ${maxRedirects}`);
    }
    if (method === "CONNECT") throw new TypeError("CONNECT is no request for an answer; see the option `proxy`");
    const target = resolveUrl(method, url, this._baseUrl, "preparing the request");
    if (options.params !== undefined) addQuery(target, options.params);
    const shared = this._sharedWith(options);
    const headers = this._headersWith(options, target);
    const cookies = this._cookiesWith(options.cookies, target);
    const chunked = options.chunked ?? false;
    if (chunked && headers.has("content-length")) {
      throw new TypeError("Expected `chunked` or a Content-Length, got both; a body has one of them");
    }
    const body =
      data === undefined && json === undefined
        ? undefined
        : requestBody(data, json, { loop, jsonSerialize: this._jsonSerialize, chunked });
    const traces = this._traceConfigs;
    const hop = new Hop(method, target, headers, cookies, body, shared);
    const terms: Terms = {
      loop,
      connector: this._connector,
      routing: overRouting(this._routing, options, target),
      tracer: traces.length === 0 ? null : new Tracer(this, traces, options.traceRequestCtx),
      timeouts: completeTimeouts(options.timeout, this._timeouts),
      maxRedirects: allowRedirects ? maxRedirects : null,
      raiseForStatus: options.raiseForStatus ?? this._raiseForStatus,
      middlewares: options.middlewares ?? this._middlewares,
    };
    return yield* terms.tracer === null ? send(hop, terms) : tracedSend(hop, terms, terms.tracer);
  }

  /** @internal */
  *_wsConnect(url: string | URL, options: WSConnectOptions): Coroutine<ClientWebSocketResponse> {
    const loop = this._enter();
    const target = resolveUrl("GET", webSocketUrl(url), this._baseUrl, "preparing the request");
    if (options.params !== undefined) addQuery(target, options.params);
    const { headers: given, auth } = options;
    const headers = this._headersWith(
      { ...(given === undefined ? null : { headers: given }), ...(auth === undefined ? null : { auth }) },
      target,
    );
    const cookies = this._cookiesWith(undefined, target);
    const hop = new Hop("GET", target, headers, cookies, undefined, this._shared);
    const routing = overRouting(this._routing, options, target);
    const route = routing === null ? null : routeOf(target, routing);
    const socket = yield* connectWebSocket(loop, this._connector, hop, route, this._timeouts, options);
    this.cookieJar.updateCookies(socket.headers.getSetCookie(), target);
    return socket;
  }

  /** @internal */
  _close(): Promise<void> {
    this._closed = true;
    return this._ownsConnector ? this._connector._close("the session was closed") : Promise.resolve();
  }

  private _sharedWith(options: RequestOptions): Shared {
    const { autoDecompress, secretHeaders, skipAutoHeaders, maxInflatedSize, maxBodySize } = options;
    const own = autoDecompress ?? secretHeaders ?? skipAutoHeaders ?? maxInflatedSize ?? maxBodySize;
    if (own === undefined && maxInflatedSize === undefined && maxBodySize === undefined) return this._shared;
    return {
      ...this._shared,
      secretHeaders: new Set([...this._shared.secretHeaders, ...nameSet(secretHeaders)]),
      skipAutoHeaders: new Set([...this._shared.skipAutoHeaders, ...nameSet(skipAutoHeaders)]),
      autoDecompress: autoDecompress ?? this._shared.autoDecompress,
      ...checkSizes(options, this._shared),
    };
  }

  /**
   * Source: aiohttp: `auth`, then what the URL says, then the session's, and only one of these and a header; then what the
   * netrc says.
   */
  private _headersWith({ headers, skipAutoHeaders, auth }: RequestOptions, target: URL): HeaderMap {
    let base = this._headers;
    if (skipAutoHeaders !== undefined) {
      const skipped = new Set([...this._shared.skipAutoHeaders, ...nameSet(skipAutoHeaders)]);
      base = mergeHeaders(autoHeaders(skipped), this._given);
    }
    const merged = headers === undefined ? base : forRange(mergeHeaders(base, headers));
    let applying =
      auth ?? BasicAuth.takenOutOf(target) ?? (this.auth !== undefined && this._isOwn(target) ? this.auth : undefined);
    const { netrc } = this._shared;
    if (netrc !== null && !merged.has("authorization")) applying ??= netrc.find(target.hostname);
    if (applying === undefined) return merged;
    if (!(applying instanceof BasicAuth)) {
      throw new TypeError(
        `Expected \`auth\` to be a BasicAuth, got ${typeof applying}: new BasicAuth(login, password)`,
      );
    }
    if (merged.has("authorization")) throw twoAuthorizations("the request");
    return new Map(merged).set("authorization", applying.encode());
  }

  private _cookiesWith(cookies: Cookies | undefined, target: URL): GivenCookies {
    const base = this._cookies === NO_COOKIES || !this._isOwn(target) ? NO_COOKIES : this._cookies;
    return cookies === undefined ? base : { below: base.below, above: cookieMap(cookies) };
  }

  /** Whether what the session sends as its own may go there. */
  private _isOwn(target: URL): boolean {
    return this._baseUrl === undefined || this._baseUrl.origin === target.origin;
  }

  private _enter(): EventLoop {
    const loop = getRunningLoop();
    if (this._closed) throw new RuntimeError("this ClientSession is closed; make a new one for further requests");
    this._connector._enter(loop);
    this._loop ??= loop;
    if (this._loop === loop) return loop;
    throw new RuntimeError("this ClientSession was used in another run(); make one in each, it can't be shared");
  }
}

const request = coroutine(function* request(
  session: ClientSession,
  method: string,
  url: string | URL,
  options: RequestOptions,
): Coroutine<ClientResponse> {
  return yield* session._request(method, url, options);
});

const wsConnect = coroutine(function* wsConnect(
  session: ClientSession,
  url: string | URL,
  options: WSConnectOptions,
): Coroutine<ClientWebSocketResponse> {
  return yield* session._wsConnect(url, options);
});

const close = coroutine(function* close(session: ClientSession): Coroutine<void> {
  yield* from(session._close());
});

function twoAuthorizations(whose: string): TypeError {
  const what = "an Authorization header and `auth`, or user name and password in the URL";
  return new TypeError(`Expected ${whose} to prove in one way who asks, got two: ${what}`);
}
