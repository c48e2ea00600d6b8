import type { Socket } from "node:net";
import type { Coroutine } from "yieldfrom";
import type { Attempt } from "./attempt.ts";
import { connectFailure, type Step } from "./connect-failure.ts";
import type { Host } from "./hosts.ts";
import { type HttpProxy, tunnel } from "./proxy.ts";
import { secure, sslOfProxy } from "./ssl.ts";

/** Opens a socket to `port` of `hostname`, and tells which step it is at. */
export type Dial = (hostname: string, port: number, progress: (step: Step) => void) => Coroutine<Socket>;

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
  dial: Dial,
  attempt: Attempt,
  straight = false,
): Coroutine<Socket> {
  const { proxy } = host;
  const { hostname, port } = proxy ?? host;
  let step: Step = "connecting";
  let socket: Socket | undefined;
  try {
    socket = yield* dial(hostname, port, (at) => {
      step = at;
    });
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

function secureProxy(socket: Socket, proxy: HttpProxy, host: Host, attempt: Attempt): Coroutine<Socket> {
  const { hostname } = proxy;
  const ssl = sslOfProxy(host.ssl);
  return secure(socket, { hostname, ssl, protocols: ["http/1.1"], session: undefined, onSession: null }, attempt);
}

function secureHost(socket: Socket, host: Host, http2: boolean, attempt: Attempt): Coroutine<Socket> {
  const { serverHostname: hostname, ssl, session, keepSession: onSession } = host;
  const protocols = http2 ? ["h2", "http/1.1"] : ["http/1.1"];
  return secure(socket, { hostname, ssl, protocols, session, onSession }, attempt);
}
