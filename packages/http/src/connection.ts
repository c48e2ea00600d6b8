import type { Socket } from "node:net";
import { type buildConnector, Client, type Dispatcher } from "undici";
import type { Exchange } from "./exchange.ts";

/** Opens a socket, and calls back when it is connected. */
export type Dial = (options: buildConnector.Options, callback: buildConnector.Callback) => Socket;

/** What connections go to. */
interface Destination {
  /** Scheme, host name and port, as in a URL. */
  readonly origin: string;
}

/** Who owns connections. */
interface Owner<H extends Destination> {
  readonly dial: Dial;
  /** The connection's exchange has ended. */
  released(connection: Connection<H>, reusable: boolean): void;
  /** The connection was closed while nobody used it. */
  lost(connection: Connection<H>): void;
}

/**
 * One connection to one origin: undici's Client, and its socket.
 *
 * undici's Agent and Pool would share connections out by themselves, but say nothing of which socket is made for
 * which request: a request that is aborted while it connects, or queues, is held until the connection is there. So
 * the sharing out is the Connector's, and the socket is known here from its first moment.
 *
 * A Client whose socket was closed makes another one for its next request by itself.
 */
export class Connection<H extends Destination = Destination> {
  readonly host: H;
  /** The exchange it serves; null: it is idle, or gone. */
  exchange: Exchange | null = null;
  /** Whether it has served an exchange to its end. */
  used = false;
  private readonly _owner: Owner<H>;
  private readonly _client: Client;
  private _socket: Socket | null = null;

  constructor(host: H, owner: Owner<H>) {
    this.host = host;
    this._owner = owner;
    this._client = new Client(host.origin, {
      allowH2: false,
      connect: (options, callback) => {
        this.exchange?.connecting();
        this._socket = owner.dial(options, callback);
      },
    });
    this._client.on("disconnect", () => {
      if (this.exchange === null) owner.lost(this);
    });
  }

  dispatch(options: Dispatcher.DispatchOptions, exchange: Exchange): void {
    this.exchange = exchange;
    this._client.dispatch(options, exchange);
  }

  /** The exchange has ended; `reusable`: as it should. */
  release(reusable: boolean): void {
    this.exchange = null;
    this.used = true;
    this._owner.released(this, reusable);
  }

  /** Closes the socket now, connected or not. */
  destroy(): void {
    this._client.destroy(noop);
    this._socket?.destroy();
  }
}

function noop(): void {}
