import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns";
import { isIP } from "node:net";
import { type Coroutine, coroutine, type EventLoop } from "yieldfrom";
import { type AddressInfo, getAddrInfo } from "./addresses.ts";
import { checkAddress, SocketDatagramTransport } from "./datagram-transport.ts";
import { happening } from "./happening.ts";
import { hostLoop } from "./host-loop.ts";
import { osError } from "./os-errors.ts";
import type { Address, DatagramProtocol } from "./protocols.ts";
import type { DatagramTransport } from "./transports.ts";

/** What `createDatagramEndpoint` takes. */
export interface DatagramOptions {
  /** Host and port to receive at; port 0 is any that is free. By default any address, and any port. */
  readonly localAddr?: Address | undefined;
  /** Host and port of the only one to speak with: what others send is not seen, and `sendTo` needs no address. */
  readonly remoteAddr?: Address | undefined;
  /** 4 or 6; 0, the default, for whichever the addresses are. With neither address it must be given. */
  readonly family?: 0 | 4 | 6 | undefined;
  /** Whether the address may be taken while another socket has it, as listeners of multicast do. Default: false. */
  readonly reuseAddr?: boolean | undefined;
  /** Whether several sockets may share the port, which shares the datagrams out; not on every system. Default: false. */
  readonly reusePort?: boolean | undefined;
  /** Whether it may send to broadcast addresses. Default: false. */
  readonly allowBroadcast?: boolean | undefined;
}

/** Where a socket is to be bound, and to be connected, if it is. */
interface Ends {
  readonly family: 4 | 6;
  readonly local: { readonly address: string; readonly port: number } | undefined;
  readonly remote: { readonly address: string; readonly port: number } | undefined;
}

/**
 * Opens a UDP socket, and has a protocol told of what comes. Source: asyncio `loop.create_datagram_endpoint`.
 *
 * ```ts
 * class Echo extends DatagramProtocol {
 *   transport!: DatagramTransport;
 *   override connectionMade(transport: DatagramTransport) {
 *     this.transport = transport;
 *   }
 *   override datagramReceived(data: Buffer, from: Address) {
 *     this.transport.sendTo(data, from);
 *   }
 * }
 * const [transport] = yield* createDatagramEndpoint(() => new Echo(), { localAddr: ["127.0.0.1", 0] });
 * const [host, port] = transport.getExtraInfo("sockname")!;
 * transport.close();
 * ```
 * Of several addresses that a name stands for the first that works is taken. Node has no datagrams of Unix sockets.
 * @param protocolFactory makes a DatagramProtocol
 * @returns the transport and the protocol
 * @throws OSError if the address can't be had; GaiError for an unknown host; TypeError for paths, and if nothing says which
 *   family it shall be
 */
export function createDatagramEndpoint<P extends DatagramProtocol>(
  protocolFactory: () => P,
  options: DatagramOptions = {},
): Coroutine<[transport: DatagramTransport, protocol: P]> {
  const { localAddr, remoteAddr, family } = options;
  for (const [name, address] of Object.entries({ localAddr, remoteAddr })) {
    if (address !== undefined) checkAddress(name, address);
  }
  if (!localAddr && !remoteAddr && !family) {
    throw new TypeError("createDatagramEndpoint() needs a `localAddr` or a `remoteAddr`, or else a `family`, 4 or 6");
  }
  return open(protocolFactory, options) as Coroutine<[DatagramTransport, P]>;
}

const open = coroutine(function* createDatagramEndpoint(
  protocolFactory: () => DatagramProtocol,
  options: DatagramOptions,
): Coroutine<[DatagramTransport, DatagramProtocol]> {
  const loop = hostLoop("createDatagramEndpoint");
  let failure: unknown;
  for (const ends of yield* possibleEnds(options)) {
    try {
      return yield* openAt(loop, protocolFactory, ends, options);
    } catch (error) {
      // The first tells most, as the others are tried for want of something better.
      failure ??= error;
      if (!(error instanceof Error) || !("syscall" in error)) throw error;
    }
  }
  throw failure;
});

/** What can be made of the options, in the order in which it is to be tried. */
function* possibleEnds({ localAddr, remoteAddr, family = 0 }: DatagramOptions): Coroutine<Ends[]> {
  const locals = yield* addressesOf(localAddr, family);
  const remotes = yield* addressesOf(remoteAddr, family);
  const ends: Ends[] = [];
  for (const each of [4, 6] as const) {
    if (family !== 0 && family !== each) continue;
    const local = locals?.find((info) => info.family === each);
    const remote = remotes?.find((info) => info.family === each);
    if ((locals && !local) || (remotes && !remote)) continue;
    ends.push({ family: each, local, remote });
  }
  const [first] = locals ?? remotes ?? [];
  if (ends.length === 0) throw new TypeError("`localAddr` and `remoteAddr` of a datagram endpoint are of two families");
  return ends.sort((a, b) => Number(b.family === first?.family) - Number(a.family === first?.family));
}

function* addressesOf(address: Address | undefined, family: 0 | 4 | 6): Coroutine<AddressInfo[] | undefined> {
  if (address === undefined || typeof address === "string") return undefined;
  return yield* getAddrInfo(address[0], address[1], { family });
}

function* openAt(
  loop: EventLoop,
  protocolFactory: () => DatagramProtocol,
  { family, local, remote }: Ends,
  options: DatagramOptions,
): Coroutine<[DatagramTransport, DatagramProtocol]> {
  const socket = createSocket({
    type: `udp${family}`,
    reuseAddr: options.reuseAddr ?? false,
    reusePort: options.reusePort ?? false,
    lookup: addressFirst,
  });
  // From here on, or a datagram that comes before the protocol is there would be lost.
  const transport = new SocketDatagramTransport(loop, socket, protocolFactory(), remote !== undefined);
  try {
    yield* bind(loop, socket, local);
    if (options.allowBroadcast) socket.setBroadcast(true);
    if (remote !== undefined) yield* connect(loop, socket, remote);
    yield* transport._connect();
  } catch (error) {
    transport._discard();
    throw error;
  }
  return [transport, transport.getProtocol()];
}

function* bind(loop: EventLoop, socket: Socket, local: Ends["local"]): Coroutine<void> {
  const { address, port } = local ?? { address: undefined, port: 0 };
  try {
    yield* happening(loop, socket, "listening", () => socket.bind({ port, address }));
  } catch (error) {
    throw failed(error, `receiving datagrams at ${address ?? "any address"}, port ${port}`);
  }
}

function* connect(loop: EventLoop, socket: Socket, remote: { address: string; port: number }): Coroutine<void> {
  try {
    yield* happening(loop, socket, "connect", () => socket.connect(remote.port, remote.address));
  } catch (error) {
    throw failed(error, `sending datagrams to ${remote.address}, port ${remote.port}`);
  }
}

function failed(error: unknown, what: string): unknown {
  return error instanceof Error && "syscall" in error ? osError(error, what) : error;
}

type LookupCallback = (error: Error | null, address: string, family: number) => void;

/** Node asks for an address as for every name, and so a turn later, in which the order of datagrams may get lost. */
function addressFirst(host: string, options: unknown, callback: LookupCallback): void {
  const family = isIP(host);
  if (family !== 0) callback(null, host, family);
  else lookup(host, options as number, callback);
}
