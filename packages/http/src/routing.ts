import type { Route } from "./hosts.ts";
import { type ProxyAuth, type ProxyServer, parseProxy } from "./proxy.ts";
import { type Environment, proxyFromEnv } from "./proxy-env.ts";
import { checkSsl, hasIdentity, type Ssl, withoutIdentity } from "./ssl.ts";

/** The way to a server, as a session or a request may choose it. */
export interface RoutingOptions {
  /**
   * The URL of a proxy: `http://…`, `https://…`, `socks5://…`, or `socks5h://…`, where the proxy resolves the names of hosts.
   * null: none, whatever the session or the environment says.
   */
  readonly proxy?: string | URL | null;
  /** User name and password for the proxy; those in its URL otherwise. */
  readonly proxyAuth?: ProxyAuth;
  /**
   * How https servers are checked; the connector's by default. An object is best kept: its connections are. What it says of
   * who we are (`cert`, `key`, `pfx`, `secureContext`) is for the origin that is asked: a redirect to another goes without.
   */
  readonly ssl?: Ssl;
  /** The name that the server's certificate must be for, if not the URL's. */
  readonly serverHostname?: string;
}

type Given<T> = { readonly [name in keyof T]: T[name] | undefined };

/** RoutingOptions, checked. */
export interface Routing {
  /** undefined: nobody said. */
  readonly proxy: ProxyServer | null | undefined;
  readonly proxyAuth: ProxyAuth | undefined;
  /** The environment that names proxies; null: none does, or it is not asked. */
  readonly env: Environment | null;
  readonly ssl: Ssl | undefined;
  /** The one origin that is shown the client certificate of `ssl`, if there is one. */
  readonly home: string | undefined;
  readonly serverHostname: string | undefined;
}

/**
 * What differs from the straight way; null: nothing.
 * @throws RangeError for a proxy that is none
 */
export function routingOf(options: Given<RoutingOptions>, env: Environment | null): Routing | null {
  const { proxy, proxyAuth, ssl, serverHostname } = options;
  if (proxy === undefined && ssl === undefined && serverHostname === undefined && env === null) return null;
  return {
    proxy: typeof proxy === "string" || proxy instanceof URL ? parseProxy(proxy, proxyAuth) : proxy,
    proxyAuth,
    env,
    ssl: ssl === undefined ? undefined : checkSsl(ssl),
    home: undefined,
    serverHostname,
  };
}

/** The routing of a request for `target` over its session's: what it names itself goes before. */
export function overRouting(session: Routing | null, options: RoutingOptions, target: URL): Routing | null {
  const routing = merged(session, options);
  return routing !== null && hasIdentity(options.ssl) ? { ...routing, home: target.origin } : routing;
}

function merged(session: Routing | null, options: RoutingOptions): Routing | null {
  const { proxy, proxyAuth, ssl, serverHostname } = options;
  if (proxy === undefined && proxyAuth === undefined && ssl === undefined && serverHostname === undefined) {
    return session;
  }
  const own = routingOf(options, session?.env ?? null);
  if (session === null) return own;
  const inherited = session.proxy && proxyAuth !== undefined ? parseProxy(session.proxy.url, proxyAuth) : session.proxy;
  if (own === null) return { ...session, proxy: inherited, proxyAuth };
  return {
    proxy: own.proxy === undefined ? inherited : own.proxy,
    proxyAuth: proxyAuth ?? session.proxyAuth,
    env: session.env,
    ssl: own.ssl ?? session.ssl,
    home: undefined,
    serverHostname: serverHostname ?? session.serverHostname,
  };
}

/** The way to `target`. */
export function routeOf(target: URL, routing: Routing): Route | null {
  const { serverHostname, env, proxyAuth, home } = routing;
  let { proxy, ssl } = routing;
  if (ssl !== undefined && home !== undefined && home !== target.origin) ssl = withoutIdentity(ssl);
  if (proxy === undefined && env !== null) {
    const url = proxyFromEnv(target, env);
    if (url !== undefined) proxy = parseProxy(url, proxyAuth, "the environment's proxy");
  }
  if (!proxy && ssl === undefined && serverHostname === undefined) return null;
  return { proxy: proxy ?? null, ssl, serverHostname };
}
