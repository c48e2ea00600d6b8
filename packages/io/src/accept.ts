import type { Socket } from "node:net";
import { type Coroutine, coroutine } from "yieldfrom";
import { establish } from "./establish.ts";
import { hostLoop } from "./host-loop.ts";
import type { BaseProtocol } from "./protocols.ts";
import { type ServerTls, serverHandshake, type TlsTimeouts, timeoutsOf } from "./tls.ts";
import type { Transport } from "./transports.ts";

/** How `connectAcceptedSocket` goes on. */
export interface AcceptedOptions extends TlsTimeouts {
  /** TLS of a server, by Node's options; none by default. */
  readonly ssl?: ServerTls | false | undefined;
}

/**
 * Makes a transport of a socket that was accepted elsewhere, and gives it and the protocol. Source: asyncio
 * `loop.connect_accepted_socket`.
 * @param sock it is the transport's from here on, and closed if this fails or is cancelled
 */
export function connectAcceptedSocket<P extends BaseProtocol>(
  factory: () => P,
  sock: Socket,
  options: AcceptedOptions = {},
): Coroutine<[Transport, P]> {
  return accept(factory, sock, options) as Coroutine<[Transport, P]>;
}

const accept = coroutine(function* connectAcceptedSocket(
  factory: () => BaseProtocol,
  raw: Socket,
  options: AcceptedOptions,
): Coroutine<[Transport, BaseProtocol]> {
  const loop = hostLoop("connectAcceptedSocket");
  const { ssl } = options;
  const timeouts = timeoutsOf(ssl, options);
  return yield* establish({
    loop,
    factory,
    raw,
    path: null,
    isServer: true,
    tls: ssl ? { options: ssl, shutdownTimeout: timeouts.shutdown } : undefined,
    handshake: () =>
      serverHandshake({ loop, raw, timeout: timeouts.handshake, what: "accept a connection" }, ssl as ServerTls),
  });
});
