/** Connections to servers. */
import { Socket, type SocketConnectOpts } from "node:net";
import { type Coroutine, coroutine, type EventLoop, ExceptionGroup } from "yieldfrom";
import { type AddressInfo, type AddressOptions, formatAddress, getAddrInfo } from "./addresses.ts";
import { OSError } from "./errors.ts";
import { establish } from "./establish.ts";
import { happening, ignore } from "./happening.ts";
import { interleave, staggeredRace } from "./happy-eyeballs.ts";
import { hostLoop } from "./host-loop.ts";
import { isOsError, osError } from "./os-errors.ts";
import type { BaseProtocol } from "./protocols.ts";
import { type ClientTls, clientHandshake, type TlsTimeouts, timeoutsOf } from "./tls.ts";
import type { Transport } from "./transports.ts";

/** TLS of a connection that is made. */
export interface ClientTlsOptions extends TlsTimeouts {
  /** Whether, and how, to speak TLS; not by default. */
  readonly ssl?: ClientTls | false | undefined;
  /** The name that the server's certificate must show; the host by default. "" to take any. */
  readonly serverHostname?: string | undefined;
}

/** How `createConnection` connects. */
export interface ConnectionOptions extends ClientTlsOptions, AddressOptions {
  /** A socket that is connected already; host and port are `null` then. It is the connection's from here on. */
  readonly sock?: Socket | undefined;
  /** The address to connect from. */
  readonly localAddr?: readonly [host: string, port: number] | undefined;
  /** Milliseconds after which the next address is tried at the same time; by default each is tried when the last has failed. */
  readonly happyEyeballsDelay?: number | null | undefined;
  /** How many addresses of the first family are tried before one of the other; 1 with a `happyEyeballsDelay`. */
  readonly interleave?: number | undefined;
  /** Whether to throw an ExceptionGroup of all addresses' errors, and not one that sums them up. */
  readonly allErrors?: boolean | undefined;
}

/**
 * Connects to a TCP server, and gives the transport and the protocol. Cancelling it closes what it has made by then.
 * Source: asyncio `loop.create_connection`; happy eyeballs: RFC 8305.
 *
 * ```text
 * const [transport, protocol] = yield* createConnection(() => new Echo(), "127.0.0.1", 8888);
 * ```
 * @param factory makes the protocol
 * @throws OSError, as ConnectionRefusedError, if no address of the host can be connected to; GaiError if it has none; SSLError
 *   if TLS fails; ConnectionAbortedError if that takes too long
 * @throws TypeError for options that contradict each other; RuntimeError on a VirtualEventLoop
 */
export function createConnection<P extends BaseProtocol>(
  factory: () => P,
  host: string | null,
  port: number | null,
  options: ConnectionOptions = {},
): Coroutine<[Transport, P]> {
  return connectTcp(factory, host, port, options) as Coroutine<[Transport, P]>;
}

const connectTcp = coroutine(function* createConnection(
  factory: () => BaseProtocol,
  host: string | null,
  port: number | null,
  options: ConnectionOptions,
): Coroutine<[Transport, BaseProtocol]> {
  const loop = hostLoop("createConnection");
  checkTls(options, host ?? "");
  const { sock } = options;
  if (host !== null && port !== null) {
    if (sock !== undefined)
      throw new TypeError("createConnection() was given host and port, and `sock`: write null for the former");
    const socket = yield* connectHost(loop, host, port, options);
    return yield* connected(loop, factory, socket, null, options, host, `connect to ${formatAddress([host, port])}`);
  }
  if (sock === undefined) throw new TypeError("createConnection() needs a host and a port, or the option `sock`");
  return yield* connected(loop, factory, sock, null, options, "", "connect by `sock`");
});

/**
 * Connects to a Unix socket. Source: asyncio `loop.create_unix_connection`.
 * @param path the file; a name that begins with "\0" is one of Linux's abstract sockets
 * @throws FileNotFoundError if there is none; ConnectionRefusedError if nobody listens there any more; else as `createConnection`
 */
export function createUnixConnection<P extends BaseProtocol>(
  factory: () => P,
  path: string | null,
  options: ClientTlsOptions & { readonly sock?: Socket | undefined } = {},
): Coroutine<[Transport, P]> {
  return connectUnix(factory, path, options) as Coroutine<[Transport, P]>;
}

const connectUnix = coroutine(function* createUnixConnection(
  factory: () => BaseProtocol,
  path: string | null,
  options: ClientTlsOptions & { readonly sock?: Socket | undefined },
): Coroutine<[Transport, BaseProtocol]> {
  const loop = hostLoop("createUnixConnection");
  checkTls(options, "");
  const { sock } = options;
  if ((path === null) === (sock === undefined)) {
    throw new TypeError("createUnixConnection() needs a path, or the option `sock`, and not both");
  }
  const what = `connect to ${path ?? "`sock`"}`;
  const socket = sock ?? (yield* connectSocket(loop, { path: path as string }, what));
  return yield* connected(loop, factory, socket, path ?? "", options, "", what);
});

function checkTls(options: ClientTlsOptions, host: string): void {
  timeoutsOf(options.ssl, options);
  if (options.serverHostname !== undefined && !options.ssl) {
    throw new TypeError("`serverHostname` without `ssl`: there is no certificate to look at");
  }
  if (options.ssl && options.serverHostname === undefined && host === "") {
    throw new TypeError(
      '`ssl` without a host needs `serverHostname`, the name that the certificate must show; "" to take any',
    );
  }
}

function* connectHost(loop: EventLoop, host: string, port: number, options: ConnectionOptions): Coroutine<Socket> {
  const { localAddr, happyEyeballsDelay = null, allErrors = false } = options;
  const found = yield* getAddrInfo(host, port, options);
  const locals = localAddr === undefined ? null : yield* getAddrInfo(localAddr[0], localAddr[1], options);
  const first = options.interleave ?? (happyEyeballsDelay === null ? 0 : 1);
  const addresses = first > 0 ? interleave(found, first) : found;
  const errors: OSError[] = [];
  const attempts = addresses.map((address) => () => attempt(loop, host, address, locals, errors));
  if (happyEyeballsDelay === null) {
    for (const attempt of attempts) {
      const socket = yield* attempt();
      if (socket !== null) return socket;
    }
  } else {
    const socket = yield* staggeredRace(attempts, happyEyeballsDelay, (late) => void late.destroy());
    if (socket !== null) return socket;
  }
  if (allErrors) throw new ExceptionGroup(`connect to ${formatAddress([host, port])} failed`, errors);
  const [error, ...others] = errors;
  if (error !== undefined && others.length === 0) throw error;
  const each = errors.map(({ message }) => `\n  ${message}`).join("");
  const Kind = errors.every(({ code }) => code === error?.code) ? (error?.constructor as typeof OSError) : OSError;
  throw new Kind(
    `connect to ${formatAddress([host, port])}: none of its ${errors.length} addresses can be connected to:${each}`,
    {
      cause: new AggregateError(errors),
      code: error?.code,
      syscall: "connect",
      address: host,
      port,
    },
  );
}

/** Tries one address; `null` if it fails, and why is in `errors`. */
function* attempt(
  loop: EventLoop,
  host: string,
  { address, family, port }: AddressInfo,
  locals: readonly AddressInfo[] | null,
  errors: OSError[],
): Coroutine<Socket | null> {
  const what =
    host === address
      ? `connect to ${formatAddress([host, port])}`
      : `connect to ${formatAddress([host, port])} at ${address}`;
  const local = locals?.find((one) => one.family === family);
  if (locals !== null && local === undefined) {
    errors.push(
      new OSError(`${what}: \`localAddr\` is no address of the same family`, { code: "EADDRNOTAVAIL", address, port }),
    );
    return null;
  }
  const from = local === undefined ? {} : { localAddress: local.address, localPort: local.port };
  try {
    return yield* connectSocket(loop, { host: address, port, family, ...from }, what);
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
    errors.push(error);
    return null;
  }
}

function* connectSocket(loop: EventLoop, where: SocketConnectOpts, what: string): Coroutine<Socket> {
  const socket = new Socket({ allowHalfOpen: true }).setNoDelay();
  try {
    yield* happening(loop, socket, "connect", () => socket.connect(where));
    return socket;
  } catch (error) {
    socket.on("error", ignore);
    socket.destroy();
    throw isOsError(error) ? osError(error, what) : error;
  }
}

/** The rest of the way: TLS, if it is wanted, and a transport for the socket. */
function* connected(
  loop: EventLoop,
  factory: () => BaseProtocol,
  raw: Socket,
  path: string | null,
  options: ClientTlsOptions,
  host: string,
  what: string,
): Coroutine<[Transport, BaseProtocol]> {
  const { ssl, serverHostname: name = host } = options;
  const timeouts = timeoutsOf(ssl, options);
  return yield* establish({
    loop,
    factory,
    raw,
    path,
    isServer: false,
    tls: ssl ? { options: ssl, shutdownTimeout: timeouts.shutdown } : undefined,
    *handshake() {
      return yield* clientHandshake({ loop, raw, timeout: timeouts.handshake, what }, ssl as ClientTls, name);
    },
  });
}
