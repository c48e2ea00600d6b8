import { isIP, type Socket } from "node:net";
import type { Coroutine } from "yieldfrom";
import type { Attempt } from "./attempt.ts";
import { connectFailure, type Step } from "./connect-failure.ts";
import { ClientSocksProxyError, type SocksRefusal } from "./connector-errors.ts";
import type { Host } from "./hosts.ts";
import { type ProxyServer, tunnel } from "./proxy.ts";
import { type SocksTerms, socksConnect } from "./socks.ts";
import { secure, sslOfProxy } from "./ssl.ts";

/** What a connector knows of the network. */
export interface Network {
  /** Opens a socket to `port` of `hostname`, and tells which step it is at. */
  readonly dial: (hostname: string, port: number, progress: (step: Step) => void) => Coroutine<Socket>;
  /** The addresses of `hostname`; or itself, if names mean nothing here. */
  readonly resolve: (hostname: string, port: number) => Coroutine<readonly string[]>;
}

/**
 * A socket over which HTTP can be spoken with `host`: through its proxy, after TLS. Nothing of it is left open when it
 * fails or is cancelled.
 * @param http2 whether HTTP/2 is offered
 * @param straight whether a proxy is to hand on all that is said, though it is not secret
 * @throws what `connectFailure` makes
 */
export function* openSocket(
  host: Host,
  http2: boolean,
  network: Network,
  attempt: Attempt,
  straight = false,
): Coroutine<Socket> {
  const { proxy } = host;
  const { hostname, port } = proxy ?? host;
  let step: Step = "connecting";
  let socket: Socket | undefined;
  const progress = (at: Step) => {
    step = at;
  };
  try {
    if (proxy !== null && proxy.socks !== null) {
      socket = yield* throughSocks(host, proxy, proxy.socks, network, attempt, progress);
      if (!host.secure) return socket;
      step = "securing";
      return yield* secureHost(socket, host, http2, attempt);
    }
    socket = yield* network.dial(hostname, port, progress);
    if (proxy?.secure) {
      step = "securing the proxy";
      socket = yield* secureProxy(socket, proxy, host, attempt);
    }
    if (!host.secure && !(straight && proxy !== null)) return socket;
    if (proxy !== null) {
      step = "opening the tunnel";
      const name = host.hostname.includes(":") ? `[${host.hostname}]` : host.hostname;
      socket = yield* tunnel(socket, proxy, `${name}:${host.port}`, attempt);
    }
    if (!host.secure) return socket;
    step = "securing";
    return yield* secureHost(socket, host, http2, attempt);
  } catch (error) {
    socket?.destroy();
    throw connectFailure(error, step, host, attempt.subject);
  }
}

/** What may be otherwise at another address of the host. */
const TRY_NEXT: ReadonlySet<SocksRefusal> = new Set<SocksRefusal>([
  "general failure",
  "network unreachable",
  "host unreachable",
  "connection refused",
  "TTL expired",
  "address type not supported",
]);

/** A socket that the proxy connected with the host; where names are resolved here, with the first address that answers. */
function* throughSocks(
  host: Host,
  proxy: ProxyServer,
  socks: SocksTerms,
  network: Network,
  attempt: Attempt,
  progress: (step: Step) => void,
): Coroutine<Socket> {
  let addresses: readonly string[] = [host.hostname];
  if (!socks.resolvesNames && isIP(host.hostname) === 0) {
    progress("resolving for the proxy");
    addresses = yield* network.resolve(host.hostname, host.port);
  }
  for (let i = 0; ; i++) {
    progress("connecting");
    const socket = yield* network.dial(proxy.hostname, proxy.port, progress);
    progress("opening the tunnel");
    try {
      yield* socksConnect(socket, proxy, socks, addresses[i] as string, host.port, attempt);
      return socket;
    } catch (error) {
      socket.destroy();
      const mayGoOn = error instanceof ClientSocksProxyError && TRY_NEXT.has(error.reason) && i + 1 < addresses.length;
      if (!mayGoOn) throw error;
    }
  }
}

function secureProxy(socket: Socket, proxy: ProxyServer, host: Host, attempt: Attempt): Coroutine<Socket> {
  const { hostname } = proxy;
  const ssl = sslOfProxy(host.proxySsl);
  return secure(socket, { hostname, ssl, protocols: ["http/1.1"], session: undefined, onSession: null }, attempt);
}

function secureHost(socket: Socket, host: Host, http2: boolean, attempt: Attempt): Coroutine<Socket> {
  const { serverHostname: hostname, ssl, session, keepSession: onSession } = host;
  const protocols = http2 ? ["h2", "http/1.1"] : ["http/1.1"];
  return secure(socket, { hostname, ssl, protocols, session, onSession }, attempt);
}
