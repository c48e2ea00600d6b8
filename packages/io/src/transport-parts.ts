import type { Socket } from "node:net";
import type { EventLoop, Task } from "yieldfrom";
import type { BaseProtocol } from "./protocols.ts";
import type { Client } from "./server.ts";
import type { ExtraInfo } from "./transports.ts";

/** Who counts a transport among its connections: a Server. */
export interface Keeper {
  /** @internal */
  _attach(client: Client): void;
  /** @internal */
  _detach(client: Client): void;
  /** @internal Told of the task that serves a client. */
  _employ(task: Task<unknown>): void;
}

/** What a SocketTransport is made of. */
export interface TransportParts {
  readonly loop: EventLoop;
  /** Connected, and over TLS with the handshake done. */
  readonly socket: Socket;
  readonly protocol: BaseProtocol;
  readonly extra: Readonly<Partial<ExtraInfo>>;
  /** The server it belongs to. */
  readonly keeper?: Keeper | undefined;
  /** Over TLS: milliseconds to say good-bye in. */
  readonly sslShutdownTimeout?: number | undefined;
}
