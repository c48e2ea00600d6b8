import { type Coroutine, coroutine } from "yieldfrom";
import { drop, ResponseContent, readRest } from "./content.ts";
import { ClientResponseError, ContentTypeError, type ResponseFacts, type Subject } from "./errors.ts";
import type { Exchange } from "./exchange.ts";

/** Headers as undici gives them, names in lower case. */
export type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * A response whose headers have come; its body is read after that. Source: aiohttp `ClientResponse`.
 *
 * ```ts
 * using session = new ClientSession();
 * using response = yield* session.get(url);
 * const bytes = yield* response.read();
 * ```
 *
 * Until the body has come to its end the response holds its connection, and its place among `limit`. So read it,
 * `release()` it, or let `using` do that.
 */
export class ClientResponse implements Subject, ResponseFacts {
  /** The status code, 200 for instance. */
  readonly status: number;
  /** The status text, "OK" for instance. */
  readonly reason: string;
  /** The responses that led here by redirects, oldest first. */
  readonly history: readonly ClientResponse[];
  private readonly _exchange: Exchange;
  private readonly _rawHeaders: RawHeaders;
  private _headers: Headers | undefined = undefined;
  private _content: ResponseContent | undefined = undefined;
  private _whole: Uint8Array | undefined = undefined;

  /** @internal */
  constructor(exchange: Exchange, status: number, reason: string, headers: RawHeaders) {
    this._exchange = exchange;
    this.status = status;
    this.reason = reason;
    this._rawHeaders = headers;
    this.history = exchange.hop.history;
  }

  /** The method of the request. */
  get method(): string {
    return this._exchange.method;
  }

  /** The URL that answered, after redirects; without credentials. */
  get url(): string {
    return this._exchange.url;
  }

  /** Whether the status is below 400, as in aiohttp. */
  get ok(): boolean {
    return this.status < 400;
  }

  get headers(): Headers {
    if (this._headers === undefined) {
      this._headers = new Headers();
      for (const [name, values] of Object.entries(this._rawHeaders)) {
        for (const value of [values ?? []].flat()) this._headers.append(name, value);
      }
    }
    return this._headers;
  }

  /** The body as a stream. */
  get content(): ResponseContent {
    this._content ??= new ResponseContent(this._exchange);
    return this._content;
  }

  /**
   * Waits for the whole body, or what `content` has left of it. It is kept, so `read`, `text` and `json` can follow
   * one another.
   * @throws ClientPayloadError if it ended early; ServerTimeoutError
   */
  read(): Coroutine<Uint8Array> {
    return read(this);
  }

  /**
   * The body as text, decoded as `encoding` says, else as its Content-Type says, else as UTF-8. What can't be decoded
   * becomes U+FFFD. A byte order mark is dropped.
   * @param encoding a label of the WHATWG Encoding Standard
   * @throws RangeError if `encoding` is none; as `read`
   */
  text(encoding?: string): Coroutine<string> {
    return text(this, encoding);
  }

  /**
   * The body as JSON: of the type asked for, by the caller's word.
   * @param contentType what Content-Type must say; `null`: anything. Default: `application/json` or `application/…+json`
   * @throws ContentTypeError, SyntaxError; as `read`
   */
  json<T = unknown>(contentType: string | null = "application/json"): Coroutine<T> {
    return json(this, contentType) as Coroutine<T>;
  }

  /** @throws ClientResponseError if the status is 400 or above, and releases the response then */
  raiseForStatus(): void {
    if (this.ok) return;
    this.release();
    throw new ClientResponseError(this, this, `the server answered ${this.status} ${this.reason}`.trimEnd());
  }

  /**
   * Gives up what was not read: if the body has not come to its end, the connection is closed. Idempotent. After a
   * body that was read it does nothing: the connection has been given back already.
   */
  release(): void {
    drop(this._exchange);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** For example `<ClientResponse [200 OK] GET http://localhost/flags>`. */
  toString(): string {
    return `<ClientResponse [${`${this.status} ${this.reason}`.trimEnd()}] ${this.method} ${this.url}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** @internal */
  *_read(): Coroutine<Uint8Array> {
    this._whole ??= yield* readRest(this._exchange);
    return this._whole;
  }

  /** @internal The last value of a header; "" if there is none. */
  _header(name: string): string {
    return [this._rawHeaders[name] ?? ""].flat().at(-1) ?? "";
  }
}

const read = coroutine(function* read(response: ClientResponse): Coroutine<Uint8Array> {
  return yield* response._read();
});

const text = coroutine(function* text(response: ClientResponse, encoding?: string): Coroutine<string> {
  const decoder = decoderFor(response, encoding);
  return decoder.decode(yield* response._read());
});

const json = coroutine(function* json(response: ClientResponse, contentType: string | null): Coroutine<unknown> {
  const actual = response._header("content-type").split(";", 1)[0]!.trim().toLowerCase();
  if (contentType !== null && actual !== contentType && !(contentType === "application/json" && isJson(actual))) {
    const what = `expected a body of type ${contentType}, got ${actual || "one without Content-Type"}`;
    throw new ContentTypeError(response, response, `${what}; \`json(null)\` takes any`);
  }
  const decoder = decoderFor(response, undefined);
  const body = decoder.decode(yield* response._read());
  try {
    return JSON.parse(body);
  } catch (cause) {
    const message = `${response.method} ${response.url}: the body is not JSON: ${(cause as Error).message}`;
    throw new SyntaxError(message, { cause });
  }
});

function isJson(type: string): boolean {
  return /^application\/[\w.-]+\+json$/.test(type);
}

const utf8 = new TextDecoder();

function decoderFor(response: ClientResponse, encoding: string | undefined): TextDecoder {
  if (encoding !== undefined) return new TextDecoder(encoding);
  const declared = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(response._header("content-type"))?.[1];
  if (declared === undefined || declared.toLowerCase() === "utf-8") return utf8;
  try {
    return new TextDecoder(declared);
  } catch {
    return utf8; // The server's mistake, which most often is no harm.
  }
}
