/** TLS over a connected socket: the handshakes of both sides, and what is known afterwards. */
import { isIP, type Socket } from "node:net";
import * as tls from "node:tls";
import type { Coroutine, EventLoop } from "yieldfrom";
import { ConnectionAbortedError } from "./errors.ts";
import { ignore, Outcome } from "./happening.ts";
import { tlsError } from "./tls-errors.ts";

/** Milliseconds for a handshake, as in asyncio. */
const HANDSHAKE_TIMEOUT = 60_000;
/** Milliseconds for saying good-bye, as in asyncio. */
const SHUTDOWN_TIMEOUT = 30_000;

/** How long TLS may take to begin and to end. */
export interface TlsTimeouts {
  /** Milliseconds for the handshake; 60000 by default. */
  readonly sslHandshakeTimeout?: number | undefined;
  /** Milliseconds for sending what waits and saying good-bye, at `close()`; 30000 by default. */
  readonly sslShutdownTimeout?: number | undefined;
}

/** TLS of a client: `true` for the defaults, or Node's options: `ca`, `cert`, `key`, `ALPNProtocols` and more. */
export type ClientTls = true | tls.ConnectionOptions;

/** TLS of a server: Node's options, `cert` and `key` above all. */
export type ServerTls = tls.TlsOptions;

/** Both timeouts, with their defaults. @throws RangeError unless they are positive; TypeError if there is no TLS to time */
export function timeoutsOf(ssl: unknown, given: TlsTimeouts): { handshake: number; shutdown: number } {
  for (const name of ["sslHandshakeTimeout", "sslShutdownTimeout"] as const) {
    const value = given[name];
    if (value === undefined) continue;
    if (!ssl) throw new TypeError(`\`${name}\` without \`ssl\`: there is nothing to time`);
    if (!(value > 0))
      throw new RangeError(`Expected \`${name}\` to be a positive number of milliseconds, got ${value}`);
  }
  return {
    handshake: given.sslHandshakeTimeout ?? HANDSHAKE_TIMEOUT,
    shutdown: given.sslShutdownTimeout ?? SHUTDOWN_TIMEOUT,
  };
}

/** A handshake that is to be made. */
export interface Handshake {
  readonly loop: EventLoop;
  /** The connected socket under it. It is closed if the handshake fails, or is cancelled. */
  readonly raw: Socket;
  /** Milliseconds. */
  readonly timeout: number;
  /** What is being done, for errors: "connect to example.com:443". */
  readonly what: string;
}

/**
 * The client's handshake.
 * @param name of the server, which its certificate must show; "" not to look at that
 */
export function* clientHandshake(handshake: Handshake, ssl: ClientTls, name: string): Coroutine<tls.TLSSocket> {
  const given = ssl === true ? {} : ssl;
  const options: tls.ConnectionOptions = { ...given, socket: handshake.raw };
  // A name that is an address is looked for in the certificate, but is not to be sent.
  if (options.servername === undefined && isIP(name) === 0) options.servername = name;
  if (name === "") options.checkServerIdentity = () => undefined;
  else options.host = name;
  return yield* shake(handshake, name, (succeed, fail) => {
    handshake.raw.allowHalfOpen = false;
    const socket = tls.connect(options);
    socket.on("error", fail);
    socket.once("secureConnect", () => succeed(socket));
    return { uppermost: socket, finish: () => void socket.on("error", ignore).off("error", fail) };
  });
}

/** The server's handshake. */
export function serverHandshake(handshake: Handshake, ssl: ServerTls): Coroutine<tls.TLSSocket> {
  return shake(handshake, "", (succeed, fail) => {
    const server = tlsServer(ssl, handshake.timeout);
    server.on("secureConnection", succeed);
    server.on("tlsClientError", fail);
    giveToTls(handshake.raw, server);
    return { uppermost: handshake.raw, finish: () => void server.off("tlsClientError", fail) };
  });
}

/** What makes the handshakes of a server's connections, which are handed to it by `emit("connection", socket)`. */
export function tlsServer(ssl: ServerTls, timeout: number): tls.Server {
  return tls.createServer({ ...ssl, handshakeTimeout: timeout });
}

/** Has the server's end of a handshake made on a connected socket. */
export function giveToTls(raw: Socket, server: tls.Server): void {
  // Else the other end's leaving is not noticed until the time is up. Afterwards it is the transport that sees the end.
  raw.allowHalfOpen = false;
  server.emit("connection", raw);
}

/** A handshake that is under way. */
interface Shaking {
  /**
   * What is to be destroyed if it fails, and destroys what is below. The other way round Node crashes, if that happens in one
   * of OpenSSL's callbacks.
   */
  readonly uppermost: Socket;
  /** Stops listening. */
  finish(): void;
}

type Start = (succeed: (socket: tls.TLSSocket) => void, fail: (error: unknown) => void) => Shaking;

function* shake({ loop, raw, timeout, what }: Handshake, name: string, start: Start): Coroutine<tls.TLSSocket> {
  const outcome = new Outcome<tls.TLSSocket>(loop);
  const timer = loop.callLater(timeout, () => {
    outcome.fail(new ConnectionAbortedError(`${what}: the TLS handshake was not done in ${timeout} ms`));
  });
  const closed = () => outcome.fail(Object.assign(new Error("closed"), { code: "ECONNRESET" }));
  raw.on("error", ignore);
  raw.on("close", closed);
  let shaking: Shaking | undefined;
  try {
    shaking = start(outcome.succeed, outcome.fail);
    return yield* outcome.future;
  } catch (error) {
    (shaking?.uppermost ?? raw).destroy();
    throw tlsError(error, name, what);
  } finally {
    timer.cancel();
    shaking?.finish();
    raw.off("close", closed);
  }
}

/** What `getExtraInfo` knows of a TLS connection besides its addresses. */
export function tlsFacts(socket: tls.TLSSocket, ssl: ClientTls | ServerTls): Record<string, unknown> {
  const certificate = socket.getPeerCertificate();
  return {
    socket,
    sslObject: socket,
    sslContext: ssl,
    // Empty if the other end has shown none.
    ...(Object.keys(certificate).length === 0 ? {} : { peercert: certificate }),
    cipher: socket.getCipher(),
    alpnProtocol: socket.alpnProtocol === false ? null : socket.alpnProtocol,
  };
}
