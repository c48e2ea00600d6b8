/**
 * A server on bare sockets, so that every byte can be wrong. By default each path is a file that is served as it should
 * be; `plan` scripts other answers (hostile-answers.ts). It notes what was asked and how much was sent.
 */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Changing } from "../../http/test/changing.ts";
import { honest } from "./hostile-answers.ts";
import { Content, hash } from "./hostile-content.ts";

export interface SeenHeaders {
  readonly [name: string]: string | undefined;
  readonly authorization?: string;
  readonly cookie?: string;
  readonly range?: string;
}

/** One request, as it came. */
export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** By their names in small letters; those that came several times joined by ", ". */
  readonly headers: SeenHeaders;
  /** The connection's number, from 1. */
  readonly connection: number;
  /** Its number on the connection, from 1. */
  readonly nth: number;
  /** Bytes of the body that went out for it. */
  sent: number;
}

/** How the next request of a path, or each one, is answered. */
export type Answer = (exchange: Exchange) => Promise<void> | void;

/** A file of the server. What is set holds from the next request on. */
export class HostileFile {
  readonly path: string;
  readonly requests: SeenRequest[] = [];
  size: number;
  /** Another version has other bytes. */
  version = 1;
  /** Null: none. */
  etag: string | null;
  lastModified: string | null = "Mon, 02 Nov 2026 10:00:00 GMT";
  contentType = "application/octet-stream";
  /** @internal What the next requests get. */
  readonly planned: Answer[] = [];
  /** @internal What all others get. */
  answer: Answer | undefined;

  constructor(path: string) {
    this.path = path;
    this.size = 1 + (hash(path) % 20_000);
    this.etag = `"${hash(path).toString(36)}-1"`;
  }

  get content(): Content {
    return new Content(`${this.path} ${this.version}`, this.size);
  }

  /** Bytes of bodies that were sent, over all requests. */
  get sent(): number {
    return this.requests.reduce((sum, request) => sum + request.sent, 0);
  }

  /** Another version from now on: other bytes, ETag and date. */
  change(size = this.size): void {
    this.version++;
    this.size = size;
    if (this.etag !== null) this.etag = `"${hash(this.path).toString(36)}-${this.version}"`;
    if (this.lastModified !== null) {
      this.lastModified = `Tue, 03 Nov 2026 10:00:${String(this.version % 60).padStart(2, "0")} GMT`;
    }
  }
}

/** One request and the connection that it came by. */
export class Exchange {
  readonly server: HostileServer;
  readonly file: HostileFile;
  readonly request: SeenRequest;
  readonly socket: Socket;

  constructor(server: HostileServer, request: SeenRequest, socket: Socket) {
    this.server = server;
    this.file = server.file(request.path);
    this.request = request;
    this.socket = socket;
  }

  /** The connection takes no more, from whichever side. */
  get over(): boolean {
    return this.socket.destroyed || this.socket.writableEnded;
  }

  /** Resolves when the system has taken the bytes (true), or the connection is over (false). */
  write(bytes: string | Uint8Array): Promise<boolean> {
    if (this.over) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (error?: Error | null) => resolve(error == null);
      if (typeof bytes === "string") this.socket.write(bytes, "latin1", done);
      else this.socket.write(bytes, done);
    });
  }

  /** As `write`, and counts them. */
  async writeBody(bytes: Uint8Array): Promise<boolean> {
    const taken = await this.write(bytes);
    if (taken) this.request.sent += bytes.length;
    return taken;
  }

  /** Nothing more comes: FIN. */
  fin(): void {
    this.socket.end();
  }

  /** RST. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Nothing happens any more, until the client has enough. */
  stall(): Promise<void> {
    return this.sleep(undefined);
  }

  /** `ms` milliseconds, or until the connection is closed. */
  sleep(ms: number | undefined): Promise<void> {
    if (this.socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.socket.off("close", done);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(done, ms);
      this.socket.once("close", done);
    });
  }
}

export interface HostileServerOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Done with each new connection, before anything was asked. */
  readonly onConnection?: (socket: Socket) => void;
}

export class HostileServer extends Changing implements AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  /** All requests, in their order. */
  readonly requests: SeenRequest[] = [];
  /** Connections that are open. */
  readonly sockets = new Set<Socket>();
  /** Connections that ever were. */
  connections = 0;
  /** What paths without an answer of their own get. */
  answer: Answer = honest();
  private readonly _files = new Map<string, HostileFile>();
  private readonly _server: Server;

  private constructor(server: Server) {
    super();
    this._server = server;
    this.port = (server.address() as AddressInfo).port;
    this.origin = `http://127.0.0.1:${this.port}`;
  }

  static async listen({ port = 0, onConnection }: HostileServerOptions = {}): Promise<HostileServer> {
    // Half-open, since a client that sends FIN may still wait for the answer.
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    const hostile = new HostileServer(server);
    server.on("connection", (socket) => {
      hostile._onConnection(socket);
      onConnection?.(socket);
    });
    return hostile;
  }

  protected override get state(): string {
    return `${this.sockets.size} open, ${this.requests.length} requests`;
  }

  url(path: string): string {
    return this.origin + path;
  }

  file(path: string): HostileFile {
    let file = this._files.get(path);
    if (file === undefined) {
      file = new HostileFile(path);
      this._files.set(path, file);
    }
    return file;
  }

  /** The next requests of `path` get these answers, one each; later ones what they had before. */
  plan(path: string, ...answers: Answer[]): HostileFile {
    const file = this.file(path);
    file.planned.push(...answers);
    return file;
  }

  /** All requests of `path` that have no plan get this answer. */
  always(path: string, answer: Answer): HostileFile {
    const file = this.file(path);
    file.answer = answer;
    return file;
  }

  /** Waits until the client has closed all connections, and ends the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.until(() => this.sockets.size === 0);
    } finally {
      await this.stop();
    }
  }

  /** Resets all connections, and closes the port. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this._server.close(resolve));
    for (const socket of this.sockets) socket.resetAndDestroy();
    await closed;
    await this.until(() => this.sockets.size === 0);
  }

  private _onConnection(socket: Socket): void {
    const connection = ++this.connections;
    this.sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.sockets.delete(socket);
      this.changed();
    });
    this.changed();
    let asked = "";
    let nth = 0;
    let busy = false;
    const next = async (): Promise<void> => {
      const end = asked.indexOf("\r\n\r\n");
      if (busy || end < 0 || socket.destroyed) return;
      busy = true;
      const request = parse(asked.slice(0, end), connection, ++nth);
      asked = asked.slice(end + 4);
      await this._answer(new Exchange(this, request, socket));
      busy = false;
      void next();
    };
    socket.on("data", (bytes) => {
      asked += bytes.toString("latin1");
      void next();
    });
    // A client that has closed its side and waits for nothing is gone.
    socket.on("end", () => {
      if (!busy) socket.end();
      else setImmediate(() => socket.destroy());
    });
  }

  private async _answer(exchange: Exchange): Promise<void> {
    const { file, request } = exchange;
    this.requests.push(request);
    file.requests.push(request);
    this.changed();
    await (file.planned.shift() ?? file.answer ?? this.answer)(exchange);
  }
}

function parse(head: string, connection: number, nth: number): SeenRequest {
  const [line = "", ...fields] = head.split("\r\n");
  const [method = "", target = ""] = line.split(" ");
  const headers: Record<string, string> = {};
  for (const field of fields) {
    const colon = field.indexOf(":");
    const name = field.slice(0, colon).toLowerCase();
    const value = field.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { method, path: target, headers, connection, nth, sent: 0 };
}

/** A port of loopback that refuses connections. */
export async function closedPort(): Promise<number> {
  await using server = await HostileServer.listen();
  return server.port;
}
