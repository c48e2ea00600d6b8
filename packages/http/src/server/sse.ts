import { type Awaitable, type Coroutine, coroutine } from "yieldfrom";
import { bodyStream } from "./body-stream.ts";

/** An event of a stream of them. */
export interface ServerSentEvent {
  /** Text; several lines are allowed. */
  readonly data: string;
  /** Its type; "message" if there is none. */
  readonly event?: string | undefined;
  /** What a client that comes back says it has seen last (`Last-Event-ID`). */
  readonly id?: string | undefined;
  /** How long a client that lost the connection is to wait, in milliseconds. */
  readonly retry?: number | undefined;
}

/**
 * A Response of server-sent events, as browsers read them with EventSource. Source: WHATWG HTML, section 9.2.
 *
 * ```ts
 * const handler = () =>
 *   sse(function* (send) {
 *     for (;;) yield* send({ data: JSON.stringify(yield* queue.get()) });
 *   });
 * ```
 * `yield* send(…)` waits while the client is slow. The task is cancelled when the client goes away.
 */
export function sse(
  body: (send: (event: ServerSentEvent | string) => Awaitable<void>) => Awaitable<void>,
  init: ResponseInit = {},
): Response {
  const headers = new Headers(init.headers);
  headers.set("content-type", "text/event-stream; charset=utf-8");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-cache");
  const stream = bodyStream((write) => {
    const send = coroutine(function* send(event: ServerSentEvent | string): Coroutine<void> {
      yield* write(textOf(typeof event === "string" ? { data: event } : event));
    });
    return body(send);
  });
  return new Response(stream, { ...init, headers });
}

function textOf({ data, event, id, retry }: ServerSentEvent): string {
  let text = "";
  if (event !== undefined) text += `event: ${oneLine("event", event)}\n`;
  if (id !== undefined) text += `id: ${oneLine("id", id)}\n`;
  if (retry !== undefined) text += `retry: ${retry}\n`;
  for (const line of data.split(/\r\n|\r|\n/)) text += `data: ${line}\n`;
  return `${text}\n`;
}

function oneLine(name: string, value: string): string {
  // Whoever can smuggle a line break in could send events of their own.
  if (!/[\r\n\0]/.test(value)) return value;
  throw new TypeError(`Expected \`${name}\` of a server-sent event to be one line, got ${JSON.stringify(value)}`);
}
