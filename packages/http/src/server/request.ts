import type { IncomingMessage, ServerResponse } from "node:http";
import { NodeRequest } from "srvx/node";
import { IncomingBody } from "./incoming-body.ts";
import type { TrustProxy } from "./options.ts";

/**
 * What a handler is given: a WHATWG Request, and where it comes from.
 *
 * It is made piece by piece, as it is asked for. Where a native one is needed, as by `fetch` or `new Request(…)`, give
 * `request.clone()`.
 */
export interface ServerRequest extends Request {
  /** The address of the client; behind a proxy, with `trustProxy`, of who that says it is. */
  readonly ip?: string | undefined;
}

/** Its types hold fields, which can't be overridden by accessors; it is accessors that it has. */
const Base = NodeRequest as unknown as new (of: ConstructorParameters<typeof NodeRequest>[0]) => object;

/**
 * srvx's lazy Request, which is where URLs, Host and forwarded headers are looked at with care, and our own body.
 *
 * Why srvx, and only that half of it: @hono/node-server has a Request as good, but does not export it. Its `getRequestListener`,
 * without its own Response put in the place of the global one, tells the client the message of an error that comes from a
 * stream, prints such errors on the console, reads the whole stream of an answer to HEAD and drops the status text.
 * srvx's answering half drops errors of streams in silence. What we need to know of each, the task needs to know.
 */
export class LazyRequest extends Base {
  private readonly _body: IncomingBody | null;
  private _stream: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;
  private _native: Request | null = null;

  constructor(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    maxSize: number,
    trustProxy: TrustProxy,
    sendContinue: (() => void) | undefined,
  ) {
    super({ req: incoming, res: outgoing, trustProxy });
    const { method } = incoming;
    this._body = method === "GET" || method === "HEAD" ? null : new IncomingBody(incoming, maxSize, sendContinue);
  }

  get _request(): Request {
    this._native ??= Reflect.get(NodeRequest.prototype, "_request", this) as Request;
    return this._native;
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (this._native !== null) return this._native.body;
    if (this._body === null) return null;
    this._stream ??= this._body.used ? lockedStream() : this._body.stream();
    return this._stream;
  }

  get bodyUsed(): boolean {
    if (this._native !== null) return this._native.bodyUsed;
    return this._body?.used === true;
  }

  text(): Promise<string> {
    if (this._body === null) return Promise.resolve("");
    if (!this._body.used && this._stream === null && this._native === null) {
      return this._body.all().then((bytes) => utf8.decode(bytes));
    }
    try {
      return this._request.text();
    } catch (error) {
      return Promise.reject(error); // It was read already.
    }
  }

  json(): Promise<unknown> {
    return this.text().then(JSON.parse);
  }
}

const utf8 = new TextDecoder();

/** What stands for a body that was read all at once. */
function lockedStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>();
  stream.getReader();
  return stream;
}
