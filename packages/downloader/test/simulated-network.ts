import {
  ClientConnectorError,
  ClientPayloadError,
  type ClientResponse,
  type ClientSession,
  type ClientSessionOptions,
  ServerDisconnectedError,
  ServerTimeoutError,
} from "@yieldfrom/http";
import { type Coroutine, getRunningLoop, sleep } from "yieldfrom";

/** What a host does with one request. */
export interface Reply {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes of the body. Default: 100. */
  readonly size?: number;
  /** Milliseconds until the head of the answer. Default: 10. */
  readonly latency?: number;
  /** Milliseconds that the body takes. Default: 0. */
  readonly duration?: number;
  /**
   * `refused`: there is no connection; `unreachable`: neither an answer to that; `closed`: it is closed instead of an answer;
   * `cut`: after half of the body; `stalled`: from there on nothing comes.
   */
  readonly fault?: "refused" | "unreachable" | "closed" | "cut" | "stalled";
}

/** A request as hosts get it. */
export interface SimulatedRequest {
  readonly host: string;
  readonly path: string;
  /** How often that was asked for before. */
  readonly before: number;
  /** In loop time. */
  readonly time: number;
}

/** Decides about each request. */
export type Answers = (request: SimulatedRequest) => Reply;

/** What is noted of a host. */
export class HostRecord {
  /** When each request came, in loop time. */
  readonly times: number[] = [];
  /** Requests under way, and the most there were. */
  active = 0;
  most = 0;
  /** When its last answer was through. */
  lastAt = 0;
}

/** Hosts in virtual time: a session whose requests they answer, and notes of what they were asked. */
export class SimulatedNetwork {
  readonly hosts = new Map<string, HostRecord>();
  /** Requests under way, and the most there were. */
  active = 0;
  most = 0;
  requests = 0;
  private readonly _answers: Answers;
  private readonly _asked = new Map<string, number>();

  constructor(answers: Answers) {
    this._answers = answers;
  }

  /** For the constructor of `Work`. What transfers use of a session and of responses is there, and no more. */
  readonly newSession = (options: ClientSessionOptions): ClientSession => {
    const { sockRead, sockConnect } = options.timeout ?? {};
    const waits = { read: sockRead ?? 1e9, connect: sockConnect ?? 1e9 };
    return {
      request: (method: string, url: URL) => this._request(method, url, waits),
      [Symbol.dispose]() {},
    } as unknown as ClientSession;
  };

  host(name: string): HostRecord {
    let record = this.hosts.get(name);
    if (record === undefined) {
      record = new HostRecord();
      this.hosts.set(name, record);
    }
    return record;
  }

  private *_request(
    method: string,
    url: URL,
    waits: { readonly read: number; readonly connect: number },
  ): Coroutine<ClientResponse> {
    const { host, pathname: path } = url;
    const before = this._asked.get(url.href) ?? 0;
    this._asked.set(url.href, before + 1);
    const time = getRunningLoop().time();
    const reply = this._answers({ host, path, before, time });
    const subject = { method, url: url.href };
    const connection = this._connect(this.host(host), time);
    try {
      if (reply.fault === "unreachable") {
        yield* sleep(waits.connect);
        throw new ServerTimeoutError(subject, "connecting", "sockConnect", waits.connect);
      }
      yield* sleep(reply.latency ?? 10);
      if (reply.fault === "refused") {
        const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
        throw new ClientConnectorError(subject, "connecting", "no connection could be made", { cause });
      }
      if (reply.fault === "closed") {
        throw new ServerDisconnectedError(subject, "waiting for headers", "the server closed the connection");
      }
      return new SimulatedResponse(subject, reply, waits.read, connection) as unknown as ClientResponse;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  private _connect(record: HostRecord, time: number): { close(): void } {
    record.times.push(time);
    this.requests++;
    record.most = Math.max(record.most, ++record.active);
    this.most = Math.max(this.most, ++this.active);
    let open = true;
    return {
      close: () => {
        if (!open) return;
        open = false;
        record.active--;
        this.active--;
        record.lastAt = getRunningLoop().time();
      },
    };
  }
}

class SimulatedResponse {
  readonly status: number;
  readonly reason = "";
  readonly history = [];
  readonly url: string;
  readonly contentDisposition = null;
  readonly contentType = "application/octet-stream";
  readonly contentLength: number;
  private readonly _subject: { readonly method: string; readonly url: string };
  private readonly _reply: Reply;
  private readonly _idle: number;
  private _came = 0;
  private readonly _connection: { close(): void };

  constructor(
    subject: { readonly method: string; readonly url: string },
    reply: Reply,
    idle: number,
    connection: { close(): void },
  ) {
    this.status = reply.status ?? 200;
    this.url = subject.url;
    this.contentLength = reply.size ?? 100;
    this._subject = subject;
    this._reply = reply;
    this._idle = idle;
    this._connection = connection;
  }

  getHeader(name: string): string | null {
    return this._reply.headers?.[name] ?? null;
  }

  /** In two halves, each after half of the time. */
  readonly content = { readAny: () => this._readAny() };

  private *_readAny(): Coroutine<Uint8Array | null> {
    const { duration = 0, fault } = this._reply;
    const phase = "reading the body";
    const size = this.contentLength;
    const half = size >> 1;
    if (this._came === size) {
      this.release();
      return null;
    }
    if (this._came > 0 || half === 0) {
      if (fault === "cut") throw new ClientPayloadError(this._subject, phase, "the body ended early");
      if (fault === "stalled") {
        yield* sleep(this._idle);
        throw new ServerTimeoutError(this._subject, phase, "sockRead", this._idle);
      }
    }
    if (duration > 0) yield* sleep(duration / 2);
    const from = this._came;
    this._came = from === 0 && half > 0 ? half : size;
    return bodyOf(this.url, size).subarray(from, this._came);
  }

  *read(): Coroutine<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for (let chunk = yield* this._readAny(); chunk !== null; chunk = yield* this._readAny()) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  release(): void {
    this._connection.close();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** Each address has its own bytes. */
export function bodyOf(url: string, size: number): Uint8Array {
  return Buffer.alloc(size, url);
}
