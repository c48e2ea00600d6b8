import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import type { EventLoop, Future, TimerHandle } from "yieldfrom";
import type { ResolvedAddress } from "./resolver.ts";

/** How sockets are opened. */
export interface DialOptions {
  /** Milliseconds after which the next address is tried beside the ones before; null: only when they have failed. */
  readonly happyEyeballsDelay: number | null;
  /** The address and port to connect from. */
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
}

/** Bytes that a socket reads ahead: what undici's own sockets have. */
const HIGH_WATER_MARK = 64 * 1024;
/** Milliseconds of silence after which TCP asks whether the other side is still there: undici's too. */
const KEEP_ALIVE_DELAY = 60_000;

/**
 * Connects to the first of several addresses that answers. Source: RFC 8305 section 5 (Happy Eyeballs), aiohappyeyeballs.
 *
 * Addresses are tried in turn: the next one when one has failed, or when `happyEyeballsDelay` has passed since the last.
 * `connected` is the first socket that is connected; the others are closed then. It fails when all have.
 */
export class Race {
  readonly connected: Future<Socket>;
  private readonly _loop: EventLoop;
  private readonly _addresses: readonly ResolvedAddress[];
  private readonly _port: number;
  private readonly _options: DialOptions;
  private readonly _onSocket: (socket: Socket) => void;
  private readonly _running = new Set<Socket>();
  private readonly _errors: Error[] = [];
  private _next = 0;
  private _timer: TimerHandle | undefined = undefined;

  /** @param onSocket is told of every socket that is made */
  constructor(
    loop: EventLoop,
    addresses: readonly ResolvedAddress[],
    port: number,
    options: DialOptions,
    onSocket: (socket: Socket) => void,
  ) {
    this.connected = loop.createFuture<Socket>();
    this._loop = loop;
    this._addresses = interleaved(addresses);
    this._port = port;
    this._options = options;
    this._onSocket = onSocket;
    this._tryNext();
  }

  /** Closes all sockets, the connected one too: nobody wants it. */
  abandon(): void {
    this._timer?.cancel();
    this._next = this._addresses.length;
    for (const socket of this._running) socket.destroy();
    this._running.clear();
    const { connected } = this;
    if (connected.done() && !connected.cancelled() && connected.exception() === null) connected.result().destroy();
  }

  private _tryNext(): void {
    this._timer?.cancel();
    const address = this._addresses[this._next++];
    if (address === undefined) return;
    const { localAddress, localPort, happyEyeballsDelay } = this._options;
    const options: TcpNetConnectOpts & { highWaterMark: number } = {
      host: address.address,
      family: address.family,
      port: this._port,
      highWaterMark: HIGH_WATER_MARK,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY,
    };
    if (localAddress !== undefined) options.localAddress = localAddress;
    if (localPort !== undefined) options.localPort = localPort;
    const socket = connect(options);
    this._onSocket(socket);
    this._running.add(socket);
    socket.once("connect", () => this._won(socket));
    // Listened to for good: from here to the moment when undici takes the socket an error has no other listener.
    socket.on("error", (error) => this._lost(socket, error));
    if (happyEyeballsDelay !== null && this._next < this._addresses.length) {
      this._timer = this._loop.callLater(happyEyeballsDelay, () => this._tryNext());
    }
  }

  private _won(socket: Socket): void {
    if (!this._running.delete(socket)) return;
    if (this.connected.done()) {
      socket.destroy();
      return;
    }
    this.connected.setResult(socket);
    this._timer?.cancel();
    for (const other of this._running) other.destroy();
    this._running.clear();
    this._next = this._addresses.length;
  }

  private _lost(socket: Socket, error: Error): void {
    if (!this._running.delete(socket)) return;
    this._errors.push(error);
    if (this._next < this._addresses.length) this._tryNext();
    else if (this._running.size === 0 && !this.connected.done()) this.connected.setException(inOne(this._errors));
  }
}

/** Addresses of both families in turns, beginning with the first one's. Source: RFC 8305 section 4. */
function interleaved(addresses: readonly ResolvedAddress[]): readonly ResolvedAddress[] {
  const { family } = addresses[0] as ResolvedAddress;
  const same = addresses.filter((address) => address.family === family);
  if (same.length === addresses.length) return addresses;
  const others = addresses.filter((address) => address.family !== family);
  const mixed: ResolvedAddress[] = [];
  for (let i = 0; i < Math.max(same.length, others.length); i++)
    mixed.push(...same.slice(i, i + 1), ...others.slice(i, i + 1));
  return mixed;
}

function inOne(errors: readonly Error[]): Error {
  return errors.length === 1 ? (errors[0] as Error) : new AggregateError(errors, "");
}
