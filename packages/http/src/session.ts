import { type Coroutine, coroutine, type EventLoop, from, getRunningLoop, RuntimeError } from "yieldfrom";
import { BaseConnector } from "./connector.ts";
import { Hop } from "./hop.ts";
import { type RequestData, requestBody } from "./request-body.ts";
import { type HeaderMap, mergeHeaders, type RequestHeaders } from "./request-headers.ts";
import type { ClientResponse } from "./response.ts";
import { overRouting, type Routing, type RoutingOptions, routingOf } from "./routing.ts";
import { TCPConnector, type TCPConnectorOptions } from "./tcp-connector.ts";
import { type ClientTimeout, completeTimeouts, DEFAULT_TIMEOUTS, type Timeouts } from "./timeouts.ts";
import { tracedSend } from "./traced.ts";
import { type TraceConfig, Tracer } from "./tracing.ts";
import { addQuery, type Query, resolveBaseUrl, resolveUrl } from "./urls.ts";

/** Options of a ClientSession. */
export interface ClientSessionOptions extends Pick<RoutingOptions, "proxy" | "proxyAuth"> {
  /** What relative URLs are resolved against; it ends with "/". */
  readonly baseUrl?: string | URL;
  /** Sent with every request that does not name its own. */
  readonly headers?: RequestHeaders;
  readonly timeout?: ClientTimeout;
  /** Where connections come from: a connector, which sessions may share, or the options of a TCPConnector. */
  readonly connector?: BaseConnector | TCPConnectorOptions;
  /** Whether closing the session closes the connector too; false for one that is shared. Default: true. */
  readonly connectorOwner?: boolean;
  /** Whether proxies are taken from the environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY. Default: false. */
  readonly trustEnv?: boolean;
  /** Who is told of each request's steps. */
  readonly traceConfigs?: readonly TraceConfig[];
  /** Whether a status of 400 or above is thrown as a ClientResponseError. Default: false. */
  readonly raiseForStatus?: boolean;
}

/** Options of one request. */
export interface RequestOptions extends RoutingOptions {
  /** Added to the session's. */
  readonly headers?: RequestHeaders;
  /** Added to the URL's query. */
  readonly params?: Query;
  /** The body: text, bytes or a stream of them. */
  readonly data?: RequestData;
  /** The body: a value, sent as JSON. */
  readonly json?: unknown;
  /** What differs from the session's. */
  readonly timeout?: ClientTimeout;
  /** Whether redirects are followed. Default: true; for `head`, false. */
  readonly allowRedirects?: boolean;
  /** Most redirects that are followed (aiohttp gives up one earlier). Default: 10. */
  readonly maxRedirects?: number;
  /** The session's by default. */
  readonly raiseForStatus?: boolean;
  /** What trace callbacks find as `context.traceRequestCtx`. */
  readonly traceRequestCtx?: unknown;
}

const OWN_HEADERS: HeaderMap = new Map([
  ["accept", "*/*"],
  ["user-agent", "yieldfrom"],
]);

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
  private readonly _baseUrl: URL | undefined;
  private readonly _headers: HeaderMap;
  private readonly _timeouts: Timeouts;
  private readonly _raiseForStatus: boolean;
  private readonly _connector: BaseConnector;
  private readonly _ownsConnector: boolean;
  private readonly _routing: Routing | null;
  private readonly _traceConfigs: readonly TraceConfig[];
  private _loop: EventLoop | null = null;
  private _closed = false;

  /** @throws RangeError, InvalidUrlError for an option that is out of range */
  constructor(options: ClientSessionOptions = {}) {
    const { baseUrl, headers, timeout, connector = {}, raiseForStatus = false } = options;
    const { connectorOwner = true, proxy, proxyAuth, trustEnv = false, traceConfigs = [] } = options;
    this._baseUrl = baseUrl === undefined ? undefined : resolveBaseUrl(baseUrl);
    this._headers = mergeHeaders(OWN_HEADERS, headers);
    this._timeouts = completeTimeouts(timeout, DEFAULT_TIMEOUTS);
    this._raiseForStatus = raiseForStatus;
    this._connector = connector instanceof BaseConnector ? connector : new TCPConnector(connector);
    this._ownsConnector = connectorOwner;
    this._routing = routingOf({ proxy, proxyAuth }, trustEnv);
    this._traceConfigs = traceConfigs;
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
    const { params, data, json, allowRedirects = method !== "HEAD", maxRedirects = 10 } = options;
    if (!Number.isInteger(maxRedirects) || maxRedirects < 0) {
      throw new RangeError(`Expected \`maxRedirects\` to be a whole number of at least 0, got ${maxRedirects}`);
    }
    const target = resolveUrl(method, url, this._baseUrl, "preparing the request");
    if (params !== undefined) addQuery(target, params);
    const hop = new Hop(method, target, mergeHeaders(this._headers, options.headers), requestBody(data, json));
    const traces = this._traceConfigs;
    return yield* tracedSend(hop, {
      loop,
      connector: this._connector,
      routing: overRouting(this._routing, options),
      tracer: traces.length === 0 ? null : new Tracer(this, traces, options.traceRequestCtx),
      timeouts: completeTimeouts(options.timeout, this._timeouts),
      maxRedirects: allowRedirects ? maxRedirects : null,
      raiseForStatus: options.raiseForStatus ?? this._raiseForStatus,
    });
  }

  /** @internal */
  _close(): Promise<void> {
    this._closed = true;
    return this._ownsConnector ? this._connector._close("the session was closed") : Promise.resolve();
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

const close = coroutine(function* close(session: ClientSession): Coroutine<void> {
  yield* from(session._close());
});
