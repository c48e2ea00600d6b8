import type { ServerResponse } from "node:http";
import { ClientConnectionResetError } from "./errors.ts";
import { nameOf } from "./incoming-body.ts";

/** What is sent before a body. */
export interface Head {
  readonly status: number;
  /** "": what is usual for the status. */
  readonly statusText: string;
  /** Names and values in turn. */
  readonly headers: string[];
}

/**
 * The way of a body to a client. The head waits for a moment: a body that has come to its end by then is sent in one piece,
 * with its length, and one that fails leaves room for a 500.
 */
export class Outlet {
  private readonly _outgoing: ServerResponse;
  private readonly _head: Head;
  private _held: Uint8Array | string | null = null;
  private _begun = false;
  /** Not later than this the client sees the head, whether there is a body to see or not. */
  private readonly _begin: NodeJS.Immediate;

  constructor(outgoing: ServerResponse, head: Head) {
    this._outgoing = outgoing;
    this._head = head;
    this._begin = setImmediate(() => this._sendHead());
  }

  /** Whether more may be put now; else it is to be waited for "drain". @throws ClientConnectionResetError */
  put(chunk: Uint8Array | string): boolean {
    mustBeWritable(this._outgoing);
    if (!this._begun) {
      if (this._held === null) {
        this._held = chunk;
        return true;
      }
      this._sendHead();
    }
    return this._outgoing.write(chunk);
  }

  end(): void {
    mustBeWritable(this._outgoing);
    clearImmediate(this._begin);
    if (this._begun) this._outgoing.end();
    else sendWhole(this._outgoing, this._head, this._held);
  }

  /** Gives up. What was sent already stays as it is. */
  stop(): void {
    clearImmediate(this._begin);
    this._held = null;
  }

  private _sendHead(): void {
    if (this._begun || this._outgoing.destroyed) return;
    clearImmediate(this._begin);
    this._begun = true;
    writeHead(this._outgoing, this._head);
    if (this._held === null) this._outgoing.flushHeaders();
    else this._outgoing.write(this._held);
    this._held = null;
  }
}

/** Sends a head and all of a body, if there is one. */
export function sendWhole(outgoing: ServerResponse, head: Head, body: Uint8Array | string | null): void {
  if (body !== null && !saysHowLong(head.headers)) {
    const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
    head.headers.push("content-length", String(length));
  }
  writeHead(outgoing, head);
  if (body === null) outgoing.end();
  else outgoing.end(body);
}

export function writeHead(outgoing: ServerResponse, { status, statusText, headers }: Head): void {
  // How a body is sent is for the connection to say. A handler's word for it, as of an answer that it hands on, beside a
  // Content-Length would let who stands between find other responses than the client does. RFC 9112 section 6.2.
  dropHeader(headers, "transfer-encoding");
  // A body that is not as long as it was said to be is an error, and not a client that waits for ever.
  outgoing.strictContentLength = true;
  if (statusText === "") outgoing.writeHead(status, headers);
  else outgoing.writeHead(status, statusText, headers);
}

function saysHowLong(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === 14 && name.toLowerCase() === "content-length") return true;
  }
  return false;
}

/** Takes a header out. @param unwanted in lower case */
export function dropHeader(headers: string[], unwanted: string): void {
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    const name = headers[i] as string;
    if (name.length === unwanted.length && name.toLowerCase() === unwanted) headers.splice(i, 2);
  }
}

function mustBeWritable(outgoing: ServerResponse): void {
  // Node would have it an "error" event, and later.
  if (!outgoing.destroyed) return;
  throw new ClientConnectionResetError(`${nameOf(outgoing.req)}: the client has gone away, nothing can be sent to it`);
}
