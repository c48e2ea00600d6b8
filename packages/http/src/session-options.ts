import type { BasicAuth } from "./basic-auth.ts";
import type { BaseConnector } from "./connector.ts";
import type { AbstractCookieJar } from "./cookie-jar.ts";
import type { Cookies } from "./cookie-text.ts";
import type { ClientMiddleware } from "./middleware.ts";
import type { Netrc } from "./netrc.ts";
import type { RequestData } from "./request-body.ts";
import type { RequestHeaders } from "./request-headers.ts";
import type { RoutingOptions } from "./routing.ts";
import type { RaiseForStatus } from "./send.ts";
import type { TCPConnectorOptions } from "./tcp-connector.ts";
import type { ClientTimeout } from "./timeouts.ts";
import type { TraceConfig } from "./tracing.ts";
import type { Query } from "./urls.ts";

/** How much a body may fill of memory. */
export interface BodyLimits {
  /**
   * Bytes that a compressed body may grow to; `null` for no bound. Default: 64 MiB, and beyond that 100 times what came,
   * which is more than any honest body grows.
   */
  readonly maxInflatedSize?: number | null;
  /** Bytes that `read()`, `text()` and `json()` gather at most; `null` for no bound, the default. */
  readonly maxBodySize?: number | null;
}

/** Options of a session that each of its requests may have too, and then counts. */
interface CommonOptions extends BodyLimits {
  /** Whether a body that comes compressed is decompressed. Default: true. */
  readonly autoDecompress?: boolean;
  /** What each request and response goes through, the first one outermost. A request's replace the session's. */
  readonly middlewares?: readonly ClientMiddleware[];
  /**
   * Whether a status of 400 or above is thrown as a ClientResponseError; or a function that looks at the response, may
   * await, and throws what it likes. Default: false.
   */
  readonly raiseForStatus?: RaiseForStatus;
  /**
   * Headers that hold secrets, "X-Api-Key" for instance: as Authorization, they follow no redirect to another origin, nor
   * from there back. A request's are added to the session's.
   */
  readonly secretHeaders?: Iterable<string>;
  /** Headers that are sent by default, such as User-Agent, and shall not be. A request's are added to the session's. */
  readonly skipAutoHeaders?: Iterable<string>;
}

/** Options of a ClientSession. */
export interface ClientSessionOptions extends CommonOptions, Pick<RoutingOptions, "proxy" | "proxyAuth"> {
  /** What relative URLs are resolved against; it ends with "/". */
  readonly baseUrl?: string | URL;
  /** Sent with every request that does not name its own. */
  readonly headers?: RequestHeaders;
  /** Sent with every request; if there is a `baseUrl`, to its origin only. */
  readonly auth?: BasicAuth;
  /**
   * Sent with every request; if there is a `baseUrl`, to its origin only. They follow no redirect to another origin. A
   * server's cookies go over them. aiohttp sends them everywhere.
   */
  readonly cookies?: Cookies;
  /** Where the servers' cookies are kept. Default: a CookieJar of its own. */
  readonly cookieJar?: AbstractCookieJar;
  /** Makes text of what is given as `json`. Default: `JSON.stringify`. */
  readonly jsonSerialize?: (value: unknown) => string;
  readonly timeout?: ClientTimeout;
  /** Where connections come from: a connector, which sessions may share, or the options of a TCPConnector. */
  readonly connector?: BaseConnector | TCPConnectorOptions;
  /** Whether closing the session closes the connector too; false for one that is shared. Default: true. */
  readonly connectorOwner?: boolean;
  /**
   * User names and passwords by hosts, for requests that say in no other way who asks. A redirect to another host takes
   * none of them along; that host may have an entry of its own. null: none, though `trustEnv`.
   */
  readonly netrc?: Netrc | null;
  /**
   * Whether proxies are taken from the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY), and user names and
   * passwords from the file that NETRC names, or `~/.netrc`, as they are when the session is made. Default: false.
   */
  readonly trustEnv?: boolean;
  /** Who is told of each request's steps. */
  readonly traceConfigs?: readonly TraceConfig[];
}

/** Options of one request. */
export interface RequestOptions extends CommonOptions, RoutingOptions {
  /** Added to the session's. */
  readonly headers?: RequestHeaders;
  /** Added to the URL's query. */
  readonly params?: Query;
  /** The body: text, bytes, a file, a form, a stream, or a coroutine function that writes it. */
  readonly data?: RequestData;
  /** The body: a value, sent as JSON. */
  readonly json?: unknown;
  /** Instead of the session's. */
  readonly auth?: BasicAuth;
  /** Sent with this request, over all others of the same names. They follow no redirect to another origin. */
  readonly cookies?: Cookies;
  /** Whether a body is sent in chunks though its length is known. Default: false. */
  readonly chunked?: boolean;
  /** What differs from the session's. */
  readonly timeout?: ClientTimeout;
  /** Whether redirects are followed. Default: true; for `head`, false. */
  readonly allowRedirects?: boolean;
  /** Most redirects that are followed (aiohttp gives up one earlier). Default: 10. */
  readonly maxRedirects?: number;
  /** What trace callbacks find as `context.traceRequestCtx`. */
  readonly traceRequestCtx?: unknown;
}

type Limits = { readonly maxInflatedSize: number | null | undefined; readonly maxBodySize: number | null };

/** `given` completed by `base`. @throws RangeError for what is no number of bytes */
export function checkSizes(given: BodyLimits, base: Limits): Limits {
  for (const name of ["maxInflatedSize", "maxBodySize"] as const) {
    const size = given[name];
    if (size === undefined || size === null || (Number.isInteger(size) && size >= 0)) continue;
    throw new RangeError(`Expected \`${name}\` to be a whole number of bytes, or null for no bound, got ${size}`);
  }
  return {
    maxInflatedSize: given.maxInflatedSize === undefined ? base.maxInflatedSize : given.maxInflatedSize,
    maxBodySize: given.maxBodySize === undefined ? base.maxBodySize : given.maxBodySize,
  };
}
