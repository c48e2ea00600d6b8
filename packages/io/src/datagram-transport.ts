import type { RemoteInfo, Socket } from "node:dgram";
import { type EventLoop, type Future, HostCallback } from "yieldfrom";
import { formatAddress } from "./addresses.ts";
import { brief } from "./brief.ts";
import { whenClosed } from "./loop-end.ts";
import { osError } from "./os-errors.ts";
import type { Address, BaseProtocol, DatagramProtocol } from "./protocols.ts";
import { DatagramTransport } from "./transports.ts";
import { type MarkOptions, WriteMarks } from "./write-marks.ts";

/** A datagram that came, or what went wrong. */
type Event = readonly [data: Buffer, from: RemoteInfo] | Error;

/** A UDP socket of Node's. Source: asyncio `_SelectorDatagramTransport`. */
export class SocketDatagramTransport extends DatagramTransport {
  private readonly _loop: EventLoop;
  private readonly _socket: Socket;
  private readonly _marks: WriteMarks = new WriteMarks(this);
  private readonly _events: HostCallback<Event>;
  private readonly _sent: HostCallback<Error | null>;
  private readonly _forgetLoop: () => void;
  private readonly _isConnected: boolean;
  private _protocol: DatagramProtocol;
  /** What came before the protocol was told of the connection; `null` from then on. */
  private _early: Event[] | null = [];
  /** Datagrams that the system has not taken yet. */
  private _underWay = 0;
  private _closing = false;
  private _lost = false;

  constructor(loop: EventLoop, socket: Socket, protocol: DatagramProtocol, isConnected: boolean) {
    super();
    this._loop = loop;
    this._socket = socket;
    this._protocol = protocol;
    this._isConnected = isConnected;
    this._events = new HostCallback(loop, (event) => this._happened(event));
    this._sent = new HostCallback(loop, (error) => this._onSent(error));
    this._forgetLoop = whenClosed(loop, () => this._discard());
    socket.on("message", this._onMessage);
    socket.on("error", this._onError);
  }

  override getLoop(): EventLoop {
    return this._loop;
  }

  override getExtraInfo(name: string, fallback?: unknown): never {
    return (this._extra(name) ?? fallback) as never;
  }

  override setProtocol(protocol: BaseProtocol): void {
    this._protocol = protocol as DatagramProtocol;
  }

  override getProtocol(): DatagramProtocol {
    return this._protocol;
  }

  override sendTo(data: Uint8Array | string, address?: Address | null): void {
    if (typeof data !== "string" && !(data instanceof Uint8Array)) {
      throw new TypeError(`sendTo() takes bytes or a string, got ${brief(data)}`);
    }
    const to = this._destination(address);
    if (this._closing) return;
    this._underWay++;
    const done = (error: Error | null) => this._sent.call(error);
    if (to === null) this._socket.send(data, done);
    else this._socket.send(data, to[1], to[0], done);
    this._marks.grown(this.getWriteBufferSize());
  }

  /** Sends what waits, then calls `connectionLost(null)`. */
  override close(): void {
    if (this._closing) return;
    this._closing = true;
    this._socket.off("message", this._onMessage);
    if (this._underWay === 0) this._lose();
  }

  override abort(): void {
    this._closing = true;
    this._lose();
  }

  override isClosing(): boolean {
    return this._closing;
  }

  /** See WriteTransport. Source: asyncio, which has it for datagrams too. */
  setWriteBufferLimits(limits: MarkOptions = {}): void {
    this._marks.set(limits, this.getWriteBufferSize());
  }

  /** How many bytes wait to be sent. */
  getWriteBufferSize(): number {
    return this._lost ? 0 : this._socket.getSendQueueSize();
  }

  override toString(): string {
    const state = this._lost ? "closed" : this._closing ? "closing" : "open";
    const name = this._extra("sockname");
    return `<DatagramTransport ${state}${name === undefined ? "" : ` ${String(name)}`}>`;
  }

  /** @internal To be awaited: tells the protocol, and then of what came before. */
  _connect(): Future<void> {
    const connected = this._loop.createFuture<void>();
    this._loop.callSoon(() => this._protocol.connectionMade(this));
    this._loop.callSoon(() => {
      const early = this._early ?? [];
      this._early = null;
      for (const event of early) this._happened(event);
      if (!connected.done()) connected.setResult();
    });
    return connected;
  }

  /** @internal It was never connected, or nobody is there any more to be told. */
  _discard(): void {
    if (this._lost) return;
    this._lost = true;
    this._closing = true;
    this._forgetLoop();
    this._socket.off("message", this._onMessage);
    this._socket.close();
  }

  private readonly _onMessage = (data: Buffer, from: RemoteInfo): void => this._events.call([data, from]);
  private readonly _onError = (error: Error): void => this._events.call(error);

  private _happened(event: Event): void {
    if (this._early !== null) this._early.push(event);
    else if (this._closing) return;
    else if (event instanceof Error) this._protocol.errorReceived(osError(event, `receiving at ${this}`));
    else this._protocol.datagramReceived(event[0], [event[1].address, event[1].port]);
  }

  private _onSent(error: Error | null): void {
    this._underWay--;
    if (this._lost) return;
    if (error !== null && error !== undefined) this._protocol.errorReceived(osError(error, `sending from ${this}`));
    this._marks.shrunk(this.getWriteBufferSize());
    if (this._closing && this._underWay === 0) this._lose();
  }

  /** `null`: to the one that it is connected to. */
  private _destination(address: Address | null | undefined): readonly [string, number] | null {
    if (address === undefined || address === null) {
      if (this._isConnected) return null;
      throw new TypeError(
        "sendTo() needs an address, [host, port], on a transport that was made without a `remoteAddr`",
      );
    }
    checkAddress("address", address);
    if (!this._isConnected) return address;
    const [host, port] = (this._extra("peername") ?? address) as readonly [string, number];
    if (host === address[0] && port === address[1]) return null;
    throw new RangeError(
      `sendTo(…, ${brief(formatAddress(address))}) on a transport whose only address is ${formatAddress([host, port])}`,
    );
  }

  private _extra(name: string): unknown {
    if (name === "socket") return this._socket;
    try {
      if (name === "sockname") return addressOf(this._socket.address());
      if (name === "peername" && this._isConnected) return addressOf(this._socket.remoteAddress());
    } catch {
      // Not bound yet, or closed.
    }
    return undefined;
  }

  private _lose(): void {
    if (this._lost) return;
    this._discard();
    this._loop.callSoon(() => this._protocol.connectionLost(null));
  }
}

/** @throws TypeError unless it is host and port */
export function checkAddress(name: string, address: unknown): asserts address is readonly [string, number] {
  if (typeof address === "string") {
    throw new TypeError(`\`${name}\` ${brief(address)} is a path, and Node has no datagrams of Unix sockets`);
  }
  const [host, port] = Array.isArray(address) ? (address as unknown[]) : [];
  if (typeof host === "string" && Number.isInteger(port) && (port as number) >= 0 && (port as number) < 65_536) return;
  throw new TypeError(`Expected \`${name}\` to be [host, port], as ["127.0.0.1", 9999], got ${brief(address)}`);
}

function addressOf({ address, port }: { address: string; port: number }): Address {
  return [address, port];
}
