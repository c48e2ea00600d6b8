import { parse as parseDisposition } from "content-disposition";
import { type Coroutine, coroutine } from "yieldfrom";
import { drop, type Flow, ResponseContent, readRest, tooLarge } from "./content.ts";
import { ClientResponseError, ContentTypeError, type ResponseFacts, type Subject } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Hop } from "./hop.ts";
import { codingsOf, Inflater } from "./inflate.ts";
import { type Link, parseLinks } from "./link-header.ts";
import type { HeaderMap } from "./request-headers.ts";
import { type Cookie, parseSetCookies } from "./response-cookies.ts";

/** Headers as undici gives them, names in lower case. */
export type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What a response answers. Source: aiohttp `RequestInfo`. */
export interface RequestInfo {
  readonly method: string;
  /** Without credentials and fragment. */
  readonly url: string;
  /** With the fragment. */
  readonly realUrl: string;
  /** As sent, the session's and cookies included. */
  readonly headers: Headers;
}

/** What a Content-Disposition header says. Source: aiohttp `ContentDisposition`. */
export interface ContentDisposition {
  /** "attachment" or "inline", in most cases. */
  readonly type: string;
  /** By their names, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What the server likes it to be called. Never use it as a path: it may hold any. */
  readonly filename: string | null;
}

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
  private readonly _asReceived: unknown;
  private _headers: Headers | undefined = undefined;
  private _flow: Flow | undefined = undefined;
  private _content: ResponseContent | undefined = undefined;
  private _whole: Uint8Array | undefined = undefined;

  /** @internal `asReceived`: names and values in turn, as bytes */
  constructor(exchange: Exchange, status: number, reason: string, headers: RawHeaders, asReceived?: unknown) {
    this._exchange = exchange;
    this.status = status;
    this.reason = reason;
    this._rawHeaders = headers;
    this._asReceived = asReceived;
    this.history = exchange.hop.history;
  }

  /** The method of the request. */
  get method(): string {
    return this._exchange.method;
  }

  /** The URL that answered, after redirects; without credentials and fragment. */
  get url(): string {
    return this._exchange.url;
  }

  /** As `url`, with the fragment. */
  get realUrl(): string {
    return this._exchange.hop.realUrl;
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

  /** The value of one header, as `headers.get(name)` gives it, without making `headers`. */
  getHeader(name: string): string | null {
    const key = name.toLowerCase();
    const value = Object.hasOwn(this._rawHeaders, key) ? this._rawHeaders[key] : undefined;
    return value === undefined ? null : typeof value === "string" ? value : value.join(", ");
  }

  /** Names and values as the server wrote them, in its order. */
  get rawHeaders(): readonly (readonly [string, string])[] {
    const flat = Array.isArray(this._asReceived) ? (this._asReceived as (Uint8Array | string)[]) : [];
    const pairs: [string, string][] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([latin1(flat[i]!), latin1(flat[i + 1]!)]);
    return pairs;
  }

  /** The media type in lower case; "application/octet-stream" if the server names none. */
  get contentType(): string {
    return this._mediaType() || "application/octet-stream";
  }

  /** The charset that the Content-Type names, in lower case; `null` if it names none. */
  get charset(): string | null {
    return charsetOf(this._header("content-type"))?.toLowerCase() ?? null;
  }

  /** The length that the server promised, of the body as it is sent; `null` if it did not. */
  get contentLength(): number | null {
    const length = this._header("content-length");
    return /^\d+$/.test(length) ? Number(length) : null;
  }

  /** How the body is to be kept; `null` if the server does not say. */
  get contentDisposition(): ContentDisposition | null {
    const header = this._header("content-disposition");
    if (header === "") return null;
    const { type, parameters } = parseDisposition(utf8IfItIs(header));
    const { filename = null } = parameters as { readonly filename?: string };
    return type === "" ? null : { type, parameters, filename };
  }

  /** The links of the Link header by their relation, "next" for instance, each with its `url`. */
  get links(): ReadonlyMap<string, Link> {
    return parseLinks(this._values("link").join(", "), this.url);
  }

  /** The cookies that this response sets, by name. */
  get cookies(): ReadonlyMap<string, Cookie> {
    return parseSetCookies(this._setCookies());
  }

  /** The request as it was sent. */
  get requestInfo(): RequestInfo {
    const { method, url, realUrl, headers } = this._exchange.hop;
    return { method, url, realUrl, headers: toHeaders(headers) };
  }

  /** The body as a stream. */
  get content(): ResponseContent {
    this._content ??= new ResponseContent(this._flowing());
    return this._content;
  }

  /** Whether it holds no connection: its body has come, or was given up. */
  get closed(): boolean {
    return this._exchange.ended;
  }

  /**
   * Waits for the whole body, or what `content` has left of it. It is kept, so `read`, `text` and `json` can follow
   * one another.
   * @throws ClientPayloadError if it ended early or can't be decompressed; BodyTooLargeError; ServerTimeoutError
   */
  read(options?: { /** Instead of the request's. */ readonly maxBodySize?: number | null }): Coroutine<Uint8Array> {
    return read(this, options?.maxBodySize);
  }

  /**
   * The body as text, decoded as `encoding` says, else as its Content-Type says, else as UTF-8. A byte order mark is
   * dropped.
   * @param encoding a label of the WHATWG Encoding Standard
   * @param errors what becomes of bytes that can't be decoded: U+FFFD, or if "strict" a TypeError
   * @throws RangeError if `encoding` is none; as `read`
   */
  text(encoding?: string, errors: "replace" | "strict" = "replace"): Coroutine<string> {
    return text(this, encoding, errors);
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
    const what = `the server answered ${`${this.status} ${this.reason}`.trimEnd()}`;
    throw new ClientResponseError(this, this, what);
  }

  /** The encoding that `text` uses: the declared one if there is such a one, else "utf-8". */
  getEncoding(): string {
    return decoderFor(this, undefined, "replace").encoding;
  }

  /**
   * Gives up what was not read: if the body has not come to its end, the connection is closed. Idempotent. After a
   * body that was read it does nothing: the connection has been given back already.
   */
  release(): void {
    if (!this._exchange.ended || this._flow !== undefined) drop(this._flowing());
  }

  /** As `release`. */
  close(): void {
    this.release();
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
  *_read(maxBodySize: number | null | undefined): Coroutine<Uint8Array> {
    if (this._whole !== undefined) return this._whole;
    const most = maxBodySize === undefined ? this._exchange.hop.shared.maxBodySize : maxBodySize;
    const flow = this._flowing();
    // What has ended already may have had no body, whatever was promised: HEAD, 304.
    if (most !== null && !this.closed && flow.inflater === undefined && (this.contentLength ?? 0) > most) {
      throw tooLarge(flow, most);
    }
    this._whole = yield* readRest(flow, most);
    return this._whole;
  }

  /** @internal What it answers, as a middleware left it. */
  get _hop(): Hop {
    return this._exchange.hop;
  }

  /** @internal Has `notify` called when it holds no connection any more. */
  _whenClosed(notify: () => void): void {
    if (this._exchange.ended) notify();
    else this._exchange.whenEnded = notify;
  }

  /** @internal The last value of a header; "" if there is none. */
  _header(name: string): string {
    const value = this._rawHeaders[name];
    return typeof value === "string" ? value : (value?.at(-1) ?? "");
  }

  /** @internal */
  _setCookies(): readonly string[] {
    return this._values("set-cookie");
  }

  /** @internal The media type of the Content-Type, in lower case; "" if there is none. */
  _mediaType(): string {
    return this._header("content-type").split(";", 1)[0]!.trim().toLowerCase();
  }

  private _values(name: string): readonly string[] {
    const value = this._rawHeaders[name];
    return value === undefined ? NONE : typeof value === "string" ? [value] : value;
  }

  private _flowing(): Flow {
    if (this._flow === undefined) {
      const exchange = this._exchange;
      const inflater = this._rawHeaders["content-encoding"] === undefined ? undefined : this._inflater();
      this._flow = { exchange, queue: inflater?.queue ?? exchange.body, inflater };
    }
    return this._flow;
  }

  private _inflater(): Inflater | undefined {
    const { shared } = this._exchange.hop;
    if (!shared.autoDecompress) return undefined;
    const codings = codingsOf(this._values("content-encoding").join(","));
    return codings === undefined ? undefined : new Inflater(this._exchange, codings, shared.maxInflatedSize);
  }
}

const NONE: readonly string[] = [];

const read = coroutine(function* read(
  response: ClientResponse,
  most: number | null | undefined,
): Coroutine<Uint8Array> {
  return yield* response._read(most);
});

const text = coroutine(function* text(
  response: ClientResponse,
  encoding: string | undefined,
  errors: "replace" | "strict",
): Coroutine<string> {
  const decoder = decoderFor(response, encoding, errors);
  const body = yield* response._read(undefined);
  try {
    return decoder.decode(body);
  } catch (cause) {
    const what = `the body is not ${decoder.encoding}`;
    throw new TypeError(`${response.method} ${response.url}: ${what}; errors "replace" takes it all the same`, {
      cause,
    });
  }
});

const json = coroutine(function* json(response: ClientResponse, contentType: string | null): Coroutine<unknown> {
  const actual = response._mediaType();
  if (contentType !== null && actual !== contentType && !(contentType === "application/json" && isJson(actual))) {
    const what = `expected a body of type ${contentType}, got ${actual || "one without Content-Type"}`;
    throw new ContentTypeError(response, response, `${what}; \`json(null)\` takes any`);
  }
  const decoder = decoderFor(response, undefined, "replace");
  const body = decoder.decode(yield* response._read(undefined));
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

function charsetOf(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1];
}

const utf8 = new TextDecoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

function decoderFor(response: ClientResponse, encoding: string | undefined, errors: "replace" | "strict"): TextDecoder {
  const fatal = errors === "strict";
  if (encoding !== undefined) return new TextDecoder(encoding, { fatal });
  const declared = charsetOf(response._header("content-type"));
  if (declared === undefined || declared.toLowerCase() === "utf-8") return fatal ? strictUtf8 : utf8;
  try {
    return new TextDecoder(declared, { fatal });
  } catch {
    return fatal ? strictUtf8 : utf8; // The server's mistake, which most often is no harm.
  }
}

function latin1(bytes: Uint8Array | string): string {
  return typeof bytes === "string"
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Headers are Latin-1, and some servers write UTF-8 into them. */
function utf8IfItIs(header: string): string {
  if (!/[\x80-\xff]/.test(header)) return header;
  try {
    return strictUtf8.decode(Buffer.from(header, "latin1"));
  } catch {
    return header;
  }
}

function toHeaders(map: HeaderMap): Headers {
  const headers = new Headers();
  for (const [name, values] of map) for (const value of [values].flat()) headers.append(name, value);
  return headers;
}
