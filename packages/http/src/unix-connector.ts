import { connect, type Socket } from "node:net";
import type { Coroutine } from "yieldfrom";
import type { Attempt } from "./attempt.ts";
import { BaseConnector } from "./connector.ts";
import { UnixClientConnectorError } from "./connector-errors.ts";
import type { BaseConnectorOptions } from "./connector-options.ts";

/**
 * Connections to one Unix socket, whatever host a URL names. Source: aiohttp `UnixConnector`.
 *
 * ```js
 * using session = new ClientSession({ connector: new UnixConnector("/run/docker.sock") });
 * const info = yield* (yield* session.get("http://localhost/info")).json();
 * ```
 */
export class UnixConnector extends BaseConnector {
  /** The socket's path. */
  readonly path: string;

  constructor(path: string, options: BaseConnectorOptions = {}) {
    super(options);
    this.path = path;
  }

  protected override *_dial(_hostname: string, _port: number, attempt: Attempt): Coroutine<Socket> {
    const { path } = this;
    const connected = attempt.loop.createFuture<void>();
    const socket = connect({ path });
    this._register(socket);
    socket.once("connect", () => {
      if (!connected.done()) connected.setResult(undefined);
    });
    socket.on("error", (cause) => {
      if (connected.done()) return;
      const what = `the socket ${path} could not be connected to: ${cause.message}`;
      connected.setException(new UnixClientConnectorError(attempt.subject, attempt.phase, what, path, { cause }));
    });
    try {
      yield* attempt.wait(connected);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return socket;
  }
}
