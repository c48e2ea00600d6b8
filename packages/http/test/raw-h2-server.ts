/** An HTTP/2 server that sends single frames, as Node's does not: one reset in the middle of a body, for instance. */
import { createServer, type TLSSocket } from "node:tls";
import type { Certificate } from "./certificates.ts";
import { TestServer } from "./server.ts";

/** RFC 9113 sections 6 and 7. */
export const FRAME = { data: 0, headers: 1, rstStream: 3, settings: 4, ping: 6, goaway: 7 } as const;
export const ERROR = { none: 0, internal: 2, refused: 7, cancel: 8, calm: 11 } as const;
const END_STREAM = 1;
const END_HEADERS = 4;
const ACK = 1;
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length;

/** One request, and what may be said to it. */
export class RawStream {
  readonly id: number;
  /** How many requests came before it, on all connections. */
  readonly index: number;
  readonly socket: TLSSocket;

  constructor(id: number, index: number, socket: TLSSocket) {
    this.id = id;
    this.index = index;
    this.socket = socket;
  }

  /** Status 200, and perhaps a Content-Length. */
  respond(contentLength?: number): this {
    // HPACK: `:status 200` is entry 8 of the static table, `content-length` 28.
    const digits = Buffer.from(String(contentLength ?? ""));
    const length = contentLength === undefined ? [] : [0x0f, 28 - 15, digits.length, ...digits];
    return this.frame(FRAME.headers, END_HEADERS, Buffer.from([0x88, ...length]));
  }

  data(text: string, isLast = false): this {
    return this.frame(FRAME.data, isLast ? END_STREAM : 0, Buffer.from(text));
  }

  reset(code: number): this {
    return this.frame(FRAME.rstStream, 0, number32(code));
  }

  /** @param last the stream up to which requests were looked at */
  goaway(code: number, last: number): this {
    this.socket.write(frame(FRAME.goaway, 0, 0, Buffer.concat([number32(last), number32(code)])));
    return this;
  }

  frame(type: number, flags: number, payload: Buffer): this {
    this.socket.write(frame(type, flags, this.id, payload));
    return this;
  }
}

export interface RawH2Server extends TestServer {
  readonly secureOrigin: string;
}

export async function serveRawH2(own: Certificate, onStream: (stream: RawStream) => void): Promise<RawH2Server> {
  let requests = 0;
  const server = createServer({ ...own, ALPNProtocols: ["h2"] }, (socket) => {
    let buffer = Buffer.alloc(0);
    let greeted = false;
    socket.on("error", () => {});
    socket.write(frame(FRAME.settings, 0, 0, Buffer.alloc(0)));
    socket.on("data", (bytes: Buffer) => {
      buffer = Buffer.concat([buffer, bytes]);
      if (!greeted && buffer.length >= PREFACE) {
        buffer = buffer.subarray(PREFACE);
        greeted = true;
      }
      while (greeted && buffer.length >= 9 && buffer.length >= 9 + buffer.readUIntBE(0, 3)) {
        const length = buffer.readUIntBE(0, 3);
        const [type, flags] = [buffer[3] as number, buffer[4] as number];
        const payload = buffer.subarray(9, 9 + length);
        if (type === FRAME.settings && (flags & ACK) === 0) socket.write(frame(type, ACK, 0, Buffer.alloc(0)));
        if (type === FRAME.ping && (flags & ACK) === 0) socket.write(frame(type, ACK, 0, payload));
        const id = buffer.readUInt32BE(5);
        buffer = buffer.subarray(9 + length);
        if (type === FRAME.headers) onStream(new RawStream(id, requests++, socket));
      }
    });
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const raw = new TestServer(server);
  return Object.assign(raw, { secureOrigin: `https://127.0.0.1:${raw.port}` });
}

function frame(type: number, flags: number, id: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
