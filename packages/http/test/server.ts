/** Servers on loopback for the tests, which see what the client does to its connections. */
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { Changing } from "./changing.ts";

export class TestServer extends Changing implements AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  /** Connections that are open, oldest first. */
  readonly sockets = new Set<Socket>();
  /** Connections that ever were. */
  connections = 0;
  /** Lines such as "GET /a", of http servers only. */
  readonly requests: string[] = [];
  private readonly _server: Server;

  constructor(server: Server) {
    super();
    this._server = server;
    this.port = (server.address() as AddressInfo).port;
    this.origin = `http://127.0.0.1:${this.port}`;
    server.on("connection", (socket: Socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.sockets.delete(socket);
        this.changed();
      });
      this.changed();
    });
    server.on("request", (request: { method: string; url: string }) => {
      this.requests.push(`${request.method} ${request.url}`);
      this.changed();
    });
  }

  protected override get state(): string {
    return `${this.sockets.size} open, requests: ${this.requests}`;
  }

  /** Ends the server, once the client has closed all its connections, which it must have done. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.until(() => this.sockets.size === 0);
    } finally {
      for (const socket of this.sockets) socket.destroy();
      await new Promise((resolve) => this._server.close(resolve));
    }
  }
}

/** An HTTP server. */
export function serve(listener: RequestListener): Promise<TestServer> {
  return listen(createServer({ keepAliveTimeout: 60_000 }, listener));
}

/** Writes as much as the other side takes. Resolves when it wants more, or is gone. */
export function write(response: ServerResponse, piece: string | Uint8Array): Promise<void> {
  if (response.write(piece)) return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

/** A server of anything. */
export function serveTcp(onSocket: (socket: Socket) => void): Promise<TestServer> {
  return listen(createTcpServer(onSocket));
}

/** A server that reads what it is sent and never answers. */
export function serveSilence(): Promise<TestServer> {
  return serveTcp((socket) => void socket.resume());
}

/** A server that answers everything with these bytes, and then leaves the connection as it is. */
export function serveBytes(bytes: string, then: (socket: Socket) => void = () => {}): Promise<TestServer> {
  return serveTcp((socket) => {
    socket.on("data", () => {
      socket.write(bytes, "latin1", () => then(socket));
    });
  });
}

async function listen(server: Server): Promise<TestServer> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return new TestServer(server);
}

/** A port that refuses connections. */
export async function refusedPort(): Promise<number> {
  await using server = await serveSilence();
  return server.port;
}
