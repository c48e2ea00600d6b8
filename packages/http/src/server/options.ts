import type { ServerOptions as TlsOptions } from "node:https";
import type { EventLoop } from "yieldfrom";

/** How long a server may take, and how much it takes. Sizes in bytes, times in milliseconds. */
export interface ServeLimits {
  /** Most bytes of a request's body; more are answered with 413. `null`: no limit. Default: 1 MiB, as in aiohttp. */
  readonly clientMaxSize?: number | null | undefined;
  /** Most bytes of a request's headers, its first line included; more are answered with 431. Default: 16 KiB. */
  readonly maxHeaderSize?: number | undefined;
  /** Until a request's headers have come; else 408. 0: no limit. Default: 60,000. */
  readonly headersTimeout?: number | undefined;
  /** Until the whole request has come; else 408. 0: no limit. Default: 300,000. */
  readonly requestTimeout?: number | undefined;
  /** How long a connection may lie idle between requests. Default: 75,000, as in aiohttp. */
  readonly keepAliveTimeout?: number | undefined;
  /** Most connections at a time; more are closed at once. Default: no limit. */
  readonly maxConnections?: number | undefined;
}

/** Whose X-Forwarded headers are believed. */
export type TrustProxy = boolean | "loopback" | string[];

/** Options of `serve`. */
export interface ServeOptions extends ServeLimits {
  /** The address to listen on. Default: "127.0.0.1", this machine only; "0.0.0.0" or "::" for everybody. */
  readonly host?: string | undefined;
  /** Default: 8080, as in aiohttp. 0: any that is free; `server.url` tells which. */
  readonly port?: number | undefined;
  /** A Unix socket to listen on instead of `host` and `port`. */
  readonly path?: string | undefined;
  /** Serves HTTPS: `{ cert, key }`, and what else `node:tls` takes. */
  readonly ssl?: TlsOptions | undefined;
  /** Connections the system may keep waiting to be accepted. */
  readonly backlog?: number | undefined;
  /** How long `shutdown()` waits for what is under way, in milliseconds. Default: 10,000. */
  readonly grace?: number | undefined;
  /** Aborting it shuts the server down, as `shutdown()` does. */
  readonly signal?: AbortSignal | undefined;
  /** Whether clients are told what went wrong in a handler. Default: whether the loop is in debug mode. */
  readonly debug?: boolean | undefined;
  /**
   * Whether to believe X-Forwarded-For, -Host and -Proto, which then make `request.ip` and `request.url`: of anybody, of
   * proxies on this machine, or of those with one of these addresses. Default: false.
   */
  readonly trustProxy?: TrustProxy | undefined;
  /**
   * Whether a client that has closed its side of the connection after its request (`nc -N`) is still answered. It then
   * takes an attempt to write to it to notice one that has gone away. Default: false.
   */
  readonly allowHalfOpen?: boolean | undefined;
}

/** Options with nothing left out. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly path: string | undefined;
  readonly ssl: TlsOptions | undefined;
  readonly backlog: number | undefined;
  readonly grace: number;
  readonly debug: boolean;
  readonly trustProxy: TrustProxy;
  readonly allowHalfOpen: boolean;
  readonly clientMaxSize: number;
  readonly maxConnections: number | undefined;
  readonly maxHeaderSize: number;
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
}

/** How often Node looks for connections whose time is up, unless a limit is shorter. */
const LOOK_EVERY = 30_000;

export function completeOptions(options: ServeOptions, loop: EventLoop): Settings {
  const { host = "127.0.0.1", port = 8080, path, ssl } = options;
  if (path !== undefined && (options.host ?? options.port) !== undefined) {
    throw new TypeError("serve() was given both `path` and `host` or `port`: a server listens on one of them");
  }
  if (ssl !== undefined && (ssl.cert ?? ssl.pfx ?? ssl.SNICallback) === undefined) {
    throw new TypeError("Expected `ssl` to hold a certificate, as in `ssl: { cert, key }`");
  }
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(`Expected \`port\` to be a whole number from 0 to 65535, got ${port}`);
  }
  return {
    host,
    port,
    path,
    ssl,
    backlog: options.backlog,
    grace: duration("grace", options.grace ?? 10_000),
    debug: options.debug ?? loop.debug,
    trustProxy: options.trustProxy ?? false,
    allowHalfOpen: options.allowHalfOpen ?? false,
    clientMaxSize:
      options.clientMaxSize === null
        ? Number.POSITIVE_INFINITY
        : size("clientMaxSize", options.clientMaxSize ?? 2 ** 20),
    maxConnections: options.maxConnections,
    maxHeaderSize: size("maxHeaderSize", options.maxHeaderSize ?? 16 * 1024),
    headersTimeout: duration("headersTimeout", options.headersTimeout ?? 60_000),
    requestTimeout: duration("requestTimeout", options.requestTimeout ?? 300_000),
    keepAliveTimeout: duration("keepAliveTimeout", options.keepAliveTimeout ?? 75_000),
  };
}

/** What Node's server is made with. */
export function nodeOptions(settings: Settings): TlsOptions {
  const { headersTimeout, requestTimeout, keepAliveTimeout, maxHeaderSize } = settings;
  const shortest = Math.min(headersTimeout || LOOK_EVERY, requestTimeout || LOOK_EVERY);
  return {
    ...settings.ssl,
    // Node refuses headers a longer time than the whole request; 0 is none.
    headersTimeout: requestTimeout === 0 ? headersTimeout : Math.min(headersTimeout, requestTimeout),
    requestTimeout,
    keepAliveTimeout,
    maxHeaderSize,
    connectionsCheckingInterval: Math.max(10, Math.min(LOOK_EVERY, Math.floor(shortest / 2))),
  };
}

function duration(name: string, value: number): number {
  if (value >= 0) return value;
  throw new RangeError(`Expected \`${name}\` to be milliseconds of at least 0, got ${value}`);
}

function size(name: string, value: number): number {
  if (value >= 0) return value;
  throw new RangeError(`Expected \`${name}\` to be bytes of at least 0, got ${value}`);
}
