import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { type Coroutine, coroutine, type EventLoop, once } from "yieldfrom";
import { type Chunk, type Write, type WriteBody, writerOf } from "./body-stream.ts";
import { dropHeader, type Head, Outlet, sendWhole } from "./outlet.ts";
import { bytesOf, Pump } from "./pump.ts";

/** What a `FastResponse` tells of itself, so that no native Response need be made. */
interface Prepared extends Head {
  readonly body: string | Uint8Array | DataView | ReadableStream | Readable | null | undefined;
}

/** Whether `value` is a Response: the global one, undici's, or one that only acts like it. */
export function isResponse(value: unknown): value is Response {
  if (value instanceof Response) return true;
  const given = value as Partial<Response> | null | undefined;
  return typeof given?.status === "number" && typeof given.headers?.forEach === "function" && "body" in given;
}

/** A response whose body is yet to come. */
export interface Streamed {
  readonly head: Head;
  readonly stream: ReadableStream<unknown>;
}

/** Sends a response, if all of it is there, which is the rule; what is left to be waited for otherwise. */
export function sendNow(
  outgoing: ServerResponse,
  response: Response,
  report: (error: unknown) => void,
): Streamed | null {
  const { _toNodeResponse: prepare } = response as { _toNodeResponse?: () => Prepared };
  const head = typeof prepare === "function" ? prepare.call(response) : prepared(response);
  const { body } = head;
  if (body === null || body === undefined) sendWhole(outgoing, head, null);
  else if (typeof body === "string" || body instanceof Uint8Array || body instanceof DataView) {
    if (isEmpty(head.status)) {
      // A FastResponse may have one that its status forbids, and says how long it is.
      dropHeader(head.headers, "content-length");
      sendWhole(outgoing, head, null);
    } else sendWhole(outgoing, head, bytesOf(body));
  } else {
    const stream = body instanceof Readable ? (Readable.toWeb(body) as ReadableStream) : body;
    if (stream.locked) {
      throw new TypeError("the body of this Response was read already: make a new one, or send its clone()");
    }
    if (outgoing.req.method !== "HEAD" && !isEmpty(head.status)) return { head, stream };
    stream.cancel().then(undefined, report);
    sendWhole(outgoing, head, null);
  }
  return null;
}

/** Whether responses with this status have no body. */
function isEmpty(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

/** Sends a body as it comes, and waits until all of it was handed to the connection. */
export function sendStream(
  outgoing: ServerResponse,
  { head, stream }: Streamed,
  loop: EventLoop,
  report: (error: unknown) => void,
): Coroutine<void> {
  const writer = writerOf(stream);
  return writer === undefined ? pump(loop, outgoing, head, stream, report) : write(outgoing, head, writer);
}

function prepared(response: Response): Prepared {
  const headers: string[] = [];
  response.headers.forEach((value, name) => void headers.push(name, value));
  return { status: response.status, statusText: response.statusText, headers, body: response.body };
}

function* pump(
  loop: EventLoop,
  outgoing: ServerResponse,
  head: Head,
  stream: ReadableStream<unknown>,
  report: (error: unknown) => void,
): Coroutine<void> {
  const under = new Pump(loop, outgoing, head, stream);
  try {
    yield* under.finished;
  } catch (error) {
    under.stop(error, report);
    throw error;
  }
}

function* write(outgoing: ServerResponse, head: Head, body: WriteBody): Coroutine<void> {
  const outlet = new Outlet(outgoing, head);
  const put: Write = coroutine(function* write(chunk: Chunk): Coroutine<void> {
    if (!outlet.put(bytesOf(chunk))) yield* once(outgoing, "drain");
  });
  try {
    yield* body(put);
    outlet.end();
  } catch (error) {
    outlet.stop();
    throw error;
  }
}
