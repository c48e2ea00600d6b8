import { type Coroutine, coroutine, RuntimeError } from "yieldfrom";
import { formatAddress } from "./addresses.ts";
import { hostLoop } from "./host-loop.ts";
import type { BaseProtocol } from "./protocols.ts";
import { SocketTransport } from "./socket-transport.ts";
import {
  type ClientTls,
  clientHandshake,
  type ServerTls,
  serverHandshake,
  type TlsTimeouts,
  timeoutsOf,
  tlsFacts,
} from "./tls.ts";
import type { BaseTransport, Transport } from "./transports.ts";

/** How `startTls` upgrades. */
export interface StartTlsOptions extends TlsTimeouts {
  /** Whether this is the server's end, and `ssl` a server's options with `cert` and `key`; false by default. */
  readonly serverSide?: boolean | undefined;
  /** The name that the server's certificate must show, "" to take any. A client must say it. */
  readonly serverHostname?: string | undefined;
}

/**
 * Puts TLS over a connection that is there, and gives the transport that takes its place. Nothing may be waiting to be sent.
 * Source: asyncio `loop.start_tls`.
 * @param early what came already, and belongs to TLS
 * @throws SSLError, ConnectionAbortedError as `createConnection`: the connection is lost then; so it is if this is cancelled
 * @throws RuntimeError if the transport is closing, or speaks TLS already; TypeError for another kind of transport
 */
export function startTls(
  transport: BaseTransport,
  protocol: BaseProtocol,
  ssl: ClientTls | ServerTls,
  options: StartTlsOptions = {},
): Coroutine<Transport> {
  return upgrade(transport, protocol, ssl, options, null);
}

/** @internal `startTls`, with what the protocol has received and not dealt with. */
export const upgrade = coroutine(function* startTls(
  transport: BaseTransport,
  protocol: BaseProtocol,
  ssl: ClientTls | ServerTls,
  { serverSide = false, serverHostname, ...given }: StartTlsOptions,
  early: Buffer | null,
): Coroutine<Transport> {
  const loop = hostLoop("startTls");
  const timeouts = timeoutsOf(ssl, given);
  if (!(transport instanceof SocketTransport)) {
    throw new TypeError(`startTls() needs a transport made by createConnection() or createServer(), got ${transport}`);
  }
  if (transport.isClosing()) throw new RuntimeError(`startTls() of ${transport}, which is closing`);
  if (!transport.canWriteEof()) throw new RuntimeError(`startTls() of ${transport}, which speaks TLS already`);
  if (transport.getWriteBufferSize() > 0) {
    throw new RuntimeError(
      `startTls() of ${transport}, with data still to be sent: wait for \`yield* writer.drain()\``,
    );
  }
  if (!serverSide && serverHostname === undefined) {
    throw new TypeError(
      'startTls() of a client needs `serverHostname`, the name that the certificate must show; "" to take any',
    );
  }
  const raw = transport._socket;
  const peername = transport.getExtraInfo("peername");
  const what = `startTls with ${formatAddress(peername)}`;
  const seen = transport._beginUpgrade();
  if (early !== null) seen.unshift(early);
  // TLS begins with what lies in its socket.
  const begun = Buffer.concat(seen);
  if (begun.length > 0) raw.unshift(begun);
  const handshake = { loop, raw, timeout: timeouts.handshake, what };
  try {
    const socket = serverSide
      ? yield* serverHandshake(handshake, ssl as ServerTls)
      : yield* clientHandshake(handshake, ssl as ClientTls, serverHostname ?? "");
    const upgraded = new SocketTransport({
      loop,
      socket,
      protocol,
      keeper: transport._keptBy,
      sslShutdownTimeout: timeouts.shutdown,
      extra: {
        sockname: transport.getExtraInfo("sockname"),
        peername,
        ...tlsFacts(socket, ssl),
      },
    });
    transport._endUpgrade(upgraded);
    upgraded._startReading();
    return upgraded;
  } catch (error) {
    transport._failUpgrade(error instanceof Error ? error : null);
    throw error;
  }
});
