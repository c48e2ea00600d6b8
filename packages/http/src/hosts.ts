import type { Future } from "yieldfrom";
import type { Connection } from "./connection.ts";
import { Line } from "./places.ts";
import { type ProxyServer, withoutBrackets } from "./proxy.ts";
import { type Ssl, withoutIdentity } from "./ssl.ts";

/** How a request gets where it goes, if not straight on. */
export interface Route {
  readonly proxy: ProxyServer | null;
  /** undefined: the connector's. */
  readonly ssl: Ssl | undefined;
  /** The name that the certificate must be for; undefined: the URL's. */
  readonly serverHostname: string | undefined;
}

/**
 * What is known of one host, by one route; forgotten when nobody needs it and no connection is left. Source: aiohttp
 * `ConnectionKey`.
 */
export class Host {
  readonly key: string;
  /** Scheme, name and port, as in a URL. */
  readonly origin: string;
  readonly hostname: string;
  readonly port: number;
  readonly secure: boolean;
  readonly proxy: ProxyServer | null;
  readonly ssl: Ssl;
  /** For a proxy that is reached by TLS itself: a request's client certificate is not for it. */
  readonly proxySsl: Ssl;
  /** The name that the certificate must be for. */
  readonly serverHostname: string;
  /** Those who wait for a place. */
  readonly line = new Line();
  /** Used last, taken first: so the others get to their idle timeout. */
  readonly idle: Connection[] = [];
  /** HTTP/2 connections, in use or not. */
  readonly shared: Connection[] = [];
  /** Attempts to get a connection. */
  attempts = 0;
  /** Whether it is known not to speak HTTP/2. */
  speaksOnlyHttp1 = false;
  /** While the first connection finds out: those who wait for that. */
  negotiating: Set<Future<void>> | null = null;
  private readonly _sessions: Sessions;

  constructor(key: string, target: URL, ssl: Ssl, route: Route | null, sessions: Sessions) {
    this.key = key;
    this._sessions = sessions;
    this.origin = target.origin;
    this.hostname = withoutBrackets(target.hostname);
    this.secure = target.protocol === "https:";
    this.port = target.port === "" ? (this.secure ? 443 : 80) : Number(target.port);
    this.proxy = route?.proxy ?? null;
    this.ssl = route?.ssl ?? ssl;
    this.proxySsl = route?.ssl === undefined ? ssl : withoutIdentity(route.ssl);
    this.serverHostname = route?.serverHostname ?? this.hostname;
  }

  /** The TLS session to take up again: who has proved its name need not do it anew. */
  get session(): Buffer | undefined {
    return this._sessions.get(this.key);
  }

  readonly keepSession = (session: Buffer): void => {
    this._sessions.delete(this.key);
    this._sessions.set(this.key, session);
    if (this._sessions.size > MOST_SESSIONS) this._sessions.delete(this._sessions.keys().next().value as string);
  };

  /** Whether the proxy is sent the requests themselves, and opens no tunnel. */
  get isForwarded(): boolean {
    return this.proxy !== null && this.proxy.socks === null && !this.secure;
  }

  /** Whom the HTTP connection is with. */
  get clientOrigin(): string {
    return this.isForwarded ? (this.proxy as ProxyServer).url : this.origin;
  }

  get isUnused(): boolean {
    return this.attempts === 0 && this.line.taken === 0 && this.idle.length === 0 && this.shared.length === 0;
  }
}

/** TLS sessions by the keys of their hosts, oldest first. */
export type Sessions = Map<string, Buffer>;

/** Of a connector; undici's own has as many. */
const MOST_SESSIONS = 100;

/** The origin of a URL that has no credentials: a piece of it as it is, which is sooner to be had than `origin`. */
function originOf({ href }: URL): string {
  return href.slice(0, href.indexOf("/", "https://".length));
}

/** Requests with equal keys can share connections. */
export function keyOf(target: URL, route: Route | null): string {
  if (route === null) return originOf(target);
  const { proxy, ssl, serverHostname } = route;
  const by = proxy === null ? "" : [proxy.url, proxy.authorization, proxy.socks?.login, proxy.socks?.password];
  return JSON.stringify([target.origin, by, ssl === undefined ? "" : identityOf(ssl), serverHostname ?? ""]);
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identityOf(ssl: Ssl): number | boolean {
  if (typeof ssl === "boolean") return ssl;
  let identity = identities.get(ssl);
  if (identity === undefined) {
    identity = ++lastIdentity;
    identities.set(ssl, identity);
  }
  return identity;
}
