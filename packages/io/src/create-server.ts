/** Servers that call a factory for a protocol for each connection. */
import { isIPv6, type ListenOptions, type Socket } from "node:net";
import { type Coroutine, coroutine, type EventLoop, sleep } from "yieldfrom";
import { type AddressInfo, type AddressOptions, formatAddress, getAddrInfo } from "./addresses.ts";
import { OSError } from "./errors.ts";
import { hostLoop } from "./host-loop.ts";
import { listen } from "./listen.ts";
import type { BaseProtocol } from "./protocols.ts";
import { Reception } from "./reception.ts";
import { type Listener, Server } from "./server.ts";
import { claimSocketFile, type SocketFile } from "./socket-file.ts";
import { type ServerTls, type TlsTimeouts, timeoutsOf } from "./tls.ts";

/** What all kinds of servers can be made with. */
export interface CommonServerOptions extends TlsTimeouts {
  /** TLS, by Node's options: `cert` and `key` above all; none by default. */
  readonly ssl?: ServerTls | false | undefined;
  /** How many connections may wait to be accepted; 100 by default. */
  readonly backlog?: number | undefined;
  /** Whether to serve at once; true by default. Else connections wait until `startServing()` or `serveForever()`. */
  readonly startServing?: boolean | undefined;
}

/** How `createServer` listens. */
export interface ServerOptions extends CommonServerOptions, AddressOptions {
  /** Whether several processes may listen on the same port, and share what comes. */
  readonly reusePort?: boolean | undefined;
  /** Whether TCP looks now and then whether the other end is still there. */
  readonly keepAlive?: boolean | undefined;
}

/** How `createUnixServer` listens. */
export interface UnixServerOptions extends CommonServerOptions {
  /** Whether `close()` removes the socket's file, if it is still that of this server; true by default. */
  readonly cleanupSocket?: boolean | undefined;
}

/**
 * Listens for TCP connections, and makes a protocol for each. Source: asyncio `loop.create_server`.
 *
 * ```text
 * const server = yield* createServer(() => new Echo(), "127.0.0.1", 8888);
 * yield* server.serveForever({ grace: 10_000 });
 * ```
 * @param host one or several names or addresses; `null` or "" for all addresses of this machine
 * @param port 0 for one that is free: `server.port` tells
 * @throws OSError if an address can't be listened on, "EADDRINUSE" for instance; GaiError for an unknown host
 * @throws RuntimeError on a VirtualEventLoop
 */
export function createServer(
  factory: () => BaseProtocol,
  host: string | readonly string[] | null,
  port: number,
  options: ServerOptions = {},
): Coroutine<Server> {
  return serveTcp(factory, host, port, options);
}

const serveTcp = coroutine(function* createServer(
  factory: () => BaseProtocol,
  host: string | readonly string[] | null,
  port: number,
  options: ServerOptions,
): Coroutine<Server> {
  const loop = hostLoop("createServer");
  const addresses = yield* bindable(host, port, options);
  const { backlog = 100, reusePort = false } = options;
  const places = addresses.map(({ address }) => ({
    what: `listen on ${formatAddress([address, port])}`,
    where: { host: address, port, backlog, reusePort, ipv6Only: isIPv6(address) } as ListenOptions,
  }));
  return yield* serve(loop, factory, places, options, null);
});

/**
 * Listens on a Unix socket. A socket file that is there already is removed first. Source: asyncio
 * `loop.create_unix_server`.
 * @param path the file; a name that begins with "\0" is one of Linux's abstract sockets
 * @throws OSError if it can't be listened on; PermissionError if that is not allowed
 */
export function createUnixServer(
  factory: () => BaseProtocol,
  path: string,
  options: UnixServerOptions = {},
): Coroutine<Server> {
  return serveUnix(factory, path, options);
}

const serveUnix = coroutine(function* createUnixServer(
  factory: () => BaseProtocol,
  path: string,
  options: UnixServerOptions,
): Coroutine<Server> {
  const loop = hostLoop("createUnixServer");
  const file = claimSocketFile(path, options.cleanupSocket ?? true);
  const place = { what: `listen on ${JSON.stringify(path)}`, where: { path, backlog: options.backlog ?? 100 } };
  return yield* serve(loop, factory, [place], options, file);
});

/** The addresses to listen on, each once. */
function* bindable(
  host: string | readonly string[] | null,
  port: number,
  options: AddressOptions,
): Coroutine<AddressInfo[]> {
  const hosts = host === null || host === "" ? ["0.0.0.0", "::"] : typeof host === "string" ? [host] : host;
  const found = new Map<string, AddressInfo>();
  for (const each of hosts) {
    for (const info of yield* getAddrInfo(each, port, options)) found.set(info.address, info);
  }
  if (found.size === 0) throw new TypeError("Expected `host` to be at least one host, got an empty list");
  return [...found.values()];
}

interface Place {
  readonly what: string;
  readonly where: ListenOptions;
}

function* serve(
  loop: EventLoop,
  factory: () => BaseProtocol,
  places: readonly Place[],
  options: ServerOptions,
  file: SocketFile | null,
): Coroutine<Server> {
  const { ssl, keepAlive = false, startServing = true } = options;
  const timeouts = timeoutsOf(ssl, options);
  const tls = ssl
    ? { options: ssl, handshakeTimeout: timeouts.handshake, shutdownTimeout: timeouts.shutdown }
    : undefined;
  const reception = new Reception({ loop, factory, path: file?.path ?? null, tls });
  const listeners: Listener[] = [];
  try {
    for (const { what, where } of places) {
      const listening = { loop, keepAlive, accepted: (socket: Socket) => reception.arrive(socket) };
      try {
        listeners.push(yield* listen(where, listening, what));
      } catch (error) {
        // The second of "all addresses", on a machine without IPv6.
        const isNoFamily = error instanceof OSError && /^(EAFNOSUPPORT|EADDRNOTAVAIL)$/.test(error.code);
        if (!isNoFamily || listeners.length === 0 || where.host !== "::") throw error;
      }
    }
    file?.made();
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  const owned = file === null ? listeners : listeners.map((listener) => file.guard(listener));
  const server = new Server(loop, owned, reception);
  reception.server = server;
  if (!startServing) return server;
  server._startServing();
  try {
    yield* sleep(0);
  } catch (error) {
    server.close();
    throw error;
  }
  return server;
}
