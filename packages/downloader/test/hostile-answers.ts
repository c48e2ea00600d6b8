/** Ways to answer a request, right ones and wrong ones, for hostile-server.ts. */
import { deflateSync, gzipSync } from "node:zlib";
import type { Answer, Exchange } from "./hostile-server.ts";

export type Headers = Readonly<Record<string, string | readonly string[] | null>>;

/** What an answer says, before it is written. */
export interface Reply {
  readonly status: number;
  /** By small names; several values are several lines; null takes one away. */
  readonly headers: Headers;
  /** The part of the file that is the body; both 0 if there is none. */
  readonly from: number;
  readonly to: number;
}

/** Where an answer stops, or stalls. Those with "chunk" are of chunked bodies only. */
export type Place =
  | "before the status line"
  | "in the status line"
  | "in the headers"
  | "after the headers"
  | "after the first byte"
  | "mid body"
  | "before the last byte"
  | "after the body"
  | "in a chunk size"
  | "after a chunk size"
  | "after a chunk's data"
  | "in the last chunk"
  | "before the last line end";

export const PLACES: readonly Place[] = [
  "before the status line",
  "in the status line",
  "in the headers",
  "after the headers",
  "after the first byte",
  "mid body",
  "before the last byte",
  "after the body",
];

export const CHUNK_PLACES: readonly Place[] = [
  "in a chunk size",
  "after a chunk size",
  "after a chunk's data",
  "in the last chunk",
  "before the last line end",
];

export type How = "fin" | "reset" | "stall";

export interface Sending {
  /** Chunked in place of Content-Length. Default: false. */
  readonly chunked?: boolean;
  /** Neither: the body ends with the connection. Default: false. */
  readonly untilClose?: boolean;
  /** Where it stops, and how. */
  readonly stop?: { readonly at: Place | number; readonly how: How };
  /** So many bytes at a time, each followed by a wait of so many milliseconds (0: a turn of the loop). */
  readonly pace?: { readonly bytes: number; readonly ms: number };
  /** Bytes after the answer, on the same connection. */
  readonly junk?: string;
  /** Bytes before the answer. */
  readonly before?: string;
}

/** The answer that is right, or the same changed by `change`. */
export function honest(sending: Sending = {}, change: (reply: Reply, exchange: Exchange) => Reply = same): Answer {
  return (exchange) => send(exchange, change(replyTo(exchange), exchange), sending);
}

function same(reply: Reply): Reply {
  return reply;
}

/** The right answer, but that it stops or stalls at a place (or a number of body bytes). */
export function cut(at: Place | number, how: How = "fin", sending: Sending = {}): Answer {
  return honest({ ...sending, stop: { at, how } });
}

/** The right answer with other headers. */
export function withHeaders(headers: Headers, sending: Sending = {}): Answer {
  return honest(sending, (reply) => ({ ...reply, headers: { ...reply.headers, ...headers } }));
}

/** The right answer, little by little. */
export function slowly(bytes: number, ms: number): Answer {
  return honest({ pace: { bytes, ms } });
}

/** A status without a file. */
export function status(code: number, headers: Headers = {}, body = ""): Answer {
  return async (exchange) => {
    const length = code === 304 || code === 204 ? {} : { "content-length": String(body.length) };
    await exchange.write(headOf({ status: code, headers: { ...length, ...headers }, from: 0, to: 0 }));
    if (exchange.request.method !== "HEAD") await exchange.write(body);
  };
}

export function redirect(location: string, code = 302, headers: Headers = {}): Answer {
  return status(code, { location, ...headers });
}

/** Exactly these bytes, and then. */
export function raw(bytes: string | Uint8Array, then: How | "keep" = "fin"): Answer {
  return async (exchange) => {
    await exchange.write(bytes);
    if (then !== "keep") await end(exchange, then);
  };
}

/** `first` for the first request of a connection, `again` for those that find it in use. */
export function onReuse(again: Answer, first: Answer = honest()): Answer {
  return (exchange) => (exchange.request.nth > 1 ? again : first)(exchange);
}

/** `lie` for requests with Range, the right answer for others. */
export function onRange(lie: Answer): Answer {
  const right = honest();
  return (exchange) => (exchange.request.headers.range === undefined ? right : lie)(exchange);
}

/** Bytes of `size`, all the same, in so many layers of compression. */
export function bomb(size: number, layers: readonly ("gzip" | "deflate")[] = ["gzip"]): Answer {
  let body: Buffer = Buffer.alloc(size);
  for (const layer of layers) body = layer === "gzip" ? gzipSync(body) : deflateSync(body);
  const head = headOf({
    status: 200,
    headers: { "content-length": String(body.length), "content-encoding": layers.join(", ") },
    from: 0,
    to: 0,
  });
  return async (exchange) => {
    await exchange.write(head);
    await exchange.writeBody(body);
  };
}

/** Header lines or interim answers without an end, until the client has enough. */
export function endless(start: string, again: string): Answer {
  return async (exchange) => {
    const more = again.repeat(Math.ceil(65_536 / again.length));
    for (let on = await exchange.write(start); on; ) on = await exchange.write(more);
  };
}

/** What a right server says, with regard to HEAD, Range, If-Range, and conditions (RFC 9110, 13 and 14). */
export function replyTo({ file, request }: Exchange): Reply {
  const { headers } = request;
  const { size } = file;
  const facts: Headers = {
    "accept-ranges": "bytes",
    "content-type": file.contentType,
    date: "Sun, 29 Nov 2026 10:00:00 GMT",
    etag: file.etag,
    "last-modified": file.lastModified,
  };
  const unchanged =
    headers["if-none-match"] !== undefined
      ? headers["if-none-match"].split(", ").some((tag) => weak(tag) === weak(file.etag ?? "none"))
      : headers["if-modified-since"] !== undefined && headers["if-modified-since"] === file.lastModified;
  if (unchanged) return { status: 304, headers: facts, from: 0, to: 0 };
  const whole: Reply = { status: 200, headers: facts, from: 0, to: size };
  const { range = "", "if-range": ifRange } = headers;
  const same =
    ifRange === undefined || (ifRange === file.etag && !ifRange.startsWith("W/")) || ifRange === file.lastModified;
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if ((first === "" && last === "") || !same || request.method !== "GET") return whole;
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (from >= to) {
    return { status: 416, headers: { ...facts, "content-range": `bytes */${size}` }, from: 0, to: 0 };
  }
  return { status: 206, headers: { ...facts, "content-range": `bytes ${from}-${to - 1}/${size}` }, from, to };
}

function weak(tag: string): string {
  return tag.replace(/^W\//, "");
}

/** The head of an answer as it stands on the wire. */
export function headOf({ status, headers }: Reply): string {
  const lines = [`HTTP/1.1 ${status} Status`];
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) continue;
    for (const each of typeof value === "string" ? [value] : value) lines.push(`${name}: ${each}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly isBody: boolean;
  /** The place at which it starts, if that has a name. */
  readonly place?: Place;
}

async function send(exchange: Exchange, reply: Reply, sending: Sending): Promise<void> {
  const { chunked = false, untilClose = false, stop, pace, junk = "", before = "" } = sending;
  const framing: Headers = chunked
    ? { "transfer-encoding": "chunked" }
    : untilClose
      ? { connection: "close" }
      : reply.status === 304
        ? {}
        : { "content-length": String(reply.to - reply.from) };
  const head = headOf({ ...reply, headers: { ...framing, ...reply.headers } });
  const hasBody = exchange.request.method !== "HEAD" && reply.status !== 304;
  let body = 0;
  for (const piece of pieces(exchange, before + head, reply, hasBody, chunked)) {
    let { bytes } = piece;
    if (stop?.at === piece.place && stop !== undefined) return end(exchange, stop.how);
    const stopsHere = piece.isBody && typeof stop?.at === "number" && stop.at < body + bytes.length;
    if (stopsHere) bytes = bytes.subarray(0, (stop.at as number) - body);
    for (let at = 0; at < bytes.length; ) {
      const next = bytes.subarray(at, pace === undefined ? undefined : at + pace.bytes);
      if (!(await (piece.isBody ? exchange.writeBody(next) : exchange.write(next)))) return;
      at += next.length;
      if (pace !== undefined && piece.isBody) await paused(exchange, pace.ms);
    }
    if (stopsHere) return end(exchange, stop.how);
    if (piece.isBody) body += bytes.length;
  }
  if (junk !== "") await exchange.write(junk);
  if (stop?.at === "after the body") return end(exchange, stop.how);
  if (untilClose) exchange.fin();
}

function paused(exchange: Exchange, ms: number): Promise<void> {
  return ms === 0 ? new Promise((resolve) => setImmediate(resolve)) : exchange.sleep(ms);
}

/** An answer in pieces, so that each named place lies between two. */
function* pieces(
  exchange: Exchange,
  head: string,
  { from, to }: Reply,
  hasBody: boolean,
  chunked: boolean,
): Generator<Piece> {
  // An answer is of one version, also if the file changes meanwhile.
  const { content } = exchange.file;
  const bytes = Buffer.from(head, "latin1");
  const firstLine = bytes.indexOf("\r\n");
  const inLine = Math.floor(firstLine / 2);
  const inHeaders = Math.floor((firstLine + bytes.length) / 2);
  yield { bytes: bytes.subarray(0, inLine), isBody: false, place: "before the status line" };
  yield { bytes: bytes.subarray(inLine, inHeaders), isBody: false, place: "in the status line" };
  yield { bytes: bytes.subarray(inHeaders), isBody: false, place: "in the headers" };
  yield { bytes: NOTHING, isBody: false, place: "after the headers" };
  if (!hasBody) return;
  const marks: readonly (readonly [number, Place?])[] = [
    [from],
    [Math.min(to, from + 1), "after the first byte"],
    [Math.min(to, Math.max(from + 1, Math.floor((from + to) / 2))), "mid body"],
    [Math.max(Math.min(to, from + 1), to - 1), "before the last byte"],
    [to],
  ];
  for (let index = 0; index + 1 < marks.length; index++) {
    const [start, place] = marks[index]!;
    const [stop] = marks[index + 1]!;
    // The place is there even if nothing follows it.
    yield { bytes: NOTHING, isBody: false, ...(place === undefined ? {} : { place }) };
    for (const piece of content.pieces(start, Math.max(start, stop), 16_384)) {
      if (chunked) {
        const size = piece.length.toString(16).padStart(4, "0");
        yield { bytes: Buffer.from(size.slice(0, 2)), isBody: false };
        // The places in chunks are those of the last one but the last byte's, so that something came before.
        const is = (place: Place) => (index === 2 ? { place } : {});
        yield { bytes: Buffer.from(`${size.slice(2)}\r\n`), isBody: false, ...is("in a chunk size") };
        yield { bytes: NOTHING, isBody: false, ...is("after a chunk size") };
        yield { bytes: piece, isBody: true };
        yield { bytes: Buffer.from("\r\n"), isBody: false, ...is("after a chunk's data") };
      } else yield { bytes: piece, isBody: true };
    }
  }
  if (!chunked) return;
  yield { bytes: Buffer.from("0"), isBody: false };
  yield { bytes: Buffer.from("\r\n"), isBody: false, place: "in the last chunk" };
  yield { bytes: Buffer.from("\r\n"), isBody: false, place: "before the last line end" };
}

const NOTHING = new Uint8Array();

async function end(exchange: Exchange, how: How): Promise<void> {
  if (how === "fin") exchange.fin();
  else if (how === "reset") exchange.reset();
  else await exchange.stall();
}
