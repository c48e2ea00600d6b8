import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Coroutine, EventLoop } from "yieldfrom";
import { endsOf } from "./addresses.ts";
import { ConnectionResetError } from "./errors.ts";
import { osError } from "./os-errors.ts";
import type { BaseProtocol } from "./protocols.ts";
import { SocketTransport } from "./socket-transport.ts";
import { type ClientTls, type ServerTls, tlsFacts } from "./tls.ts";
import type { Keeper } from "./transport-parts.ts";
import type { Transport } from "./transports.ts";

/** A connected socket that is to become a connection. */
export interface Foundation<P extends BaseProtocol = BaseProtocol> {
  readonly loop: EventLoop;
  readonly factory: () => P;
  readonly raw: Socket;
  /** Of a Unix socket. */
  readonly path: string | null;
  readonly isServer: boolean;
  /** What TLS is to be set up with, if it is. */
  readonly tls: { readonly options: ClientTls | ServerTls; readonly shutdownTimeout: number } | undefined;
  handshake(): Coroutine<TLSSocket>;
}

/**
 * Makes protocol and transport, and waits until the protocol was told. Whatever goes wrong, the socket is closed.
 * @throws ConnectionResetError for a socket that is closed already
 */
export function* establish<P extends BaseProtocol>(foundation: Foundation<P>): Coroutine<[Transport, P]> {
  const { loop, factory, raw, tls } = foundation;
  let protocol: P;
  let transport: SocketTransport;
  try {
    if (raw.destroyed) throw goneAlready(raw);
    protocol = factory();
    raw.setNoDelay();
    const socket = tls === undefined ? raw : yield* foundation.handshake();
    transport = transportOn(socket, protocol, foundation);
  } catch (error) {
    raw.destroy();
    throw error;
  }
  yield* begin(loop, transport);
  return [transport, protocol];
}

/** Of a socket that is closed nothing is told any more, and who reads would wait for ever. */
function goneAlready({ errored }: Socket): Error {
  if (errored !== null) return osError(errored, "the connection is lost already");
  return new ConnectionResetError("the socket was closed before it was made a connection: give one that is open");
}

/** A transport on a socket with which all is done, handshake included. */
export function transportOn(
  socket: Socket,
  protocol: BaseProtocol,
  { loop, path, isServer, tls, keeper }: Pick<Foundation, "loop" | "path" | "isServer" | "tls"> & { keeper?: Keeper },
): SocketTransport {
  const ends = endsOf(socket, path, isServer);
  if (!(socket instanceof TLSSocket))
    return new SocketTransport({ loop, socket, protocol, keeper, extra: { ...ends, socket } });
  const extra = { ...ends, ...tlsFacts(socket, tls?.options ?? {}) };
  return new SocketTransport({
    loop,
    socket,
    protocol,
    keeper,
    extra,
    sslShutdownTimeout: tls?.shutdownTimeout ?? 30_000,
  });
}

function* begin(loop: EventLoop, transport: SocketTransport): Coroutine<void> {
  transport._begin();
  const begun = loop.createFuture<void>();
  loop.callSoon(() => begun.done() || begun.setResult(undefined));
  try {
    yield* begun;
  } catch (error) {
    transport.close();
    throw error;
  }
}
