import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type Content, findFlag, findIndex, type Loader, TEXT } from "./catalogue.ts";
import type { Fault, Plan } from "./plan.ts";

/** One request under way. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborts when the connection is gone, be it by the client or by closing the server: nothing can be sent then. */
  readonly gone: AbortSignal;
}

const GONE = "connection gone";

/**
 * Answers one request, or fails it as planned, and ends once nothing remains to be done for it. Flags and their
 * metadata go by the plan; the index and refusals are answered at once.
 *
 * @returns what became of the request, for the log
 * @throws the file system's error when the image package is damaged
 */
export async function answer(exchange: Exchange, plan: (path: string) => Plan): Promise<string> {
  const { request, response, gone } = exchange;
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return sendText(exchange, 405, `Flags can only be read: use GET or HEAD, not ${request.method}.`);
  }
  const path = pathOf(request.url ?? "");
  if (path === undefined) return sendText(exchange, 400, "This address cannot be read. Try /flags/fr/fr.svg");
  const index = findIndex(path);
  if (index !== undefined) return sendContent(exchange, await index());
  const flag = findFlag(path);
  if (flag === undefined) {
    return sendText(
      exchange,
      404,
      "There is no flag at this address. Flags are at /flags/{cc}/{cc}.svg with the country code in lower case; / lists the codes.",
    );
  }

  const { delay: milliseconds, fault } = plan(path);
  // Rejects only when `gone` aborts, which every way of sending looks at.
  if (milliseconds > 0) await delay(milliseconds, undefined, { signal: gone }).catch(() => undefined);
  return fault === undefined ? sendContent(exchange, await flag()) : fail(exchange, fault, flag);
}

/** Answers 500 after {@link answer} has thrown. */
export function answerBroken(exchange: Exchange, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return sendText(exchange, 500, `The flag server is broken: ${reason}`);
}

/** The decoded path of a request's target, without its query; `undefined` when it is no valid address. */
function pathOf(target: string): string | undefined {
  // A proxy's client sends the whole address (RFC 9112, 3.2.2: absolute-form).
  const encoded = target.startsWith("/") ? target.replace(/\?.*$/, "") : URL.parse(target)?.pathname;
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

async function fail(exchange: Exchange, fault: Fault, flag: Loader): Promise<string> {
  switch (fault) {
    case "notFound":
      return sendText(exchange, 404, "Not found, on purpose: the server runs in ERROR mode.");
    case "unavailable":
      return sendText(exchange, 503, "Unavailable, on purpose: the server runs in ERROR mode.");
    case "dropped":
      return drop(exchange);
    case "cut":
      // The answer to HEAD has no body to cut.
      return exchange.request.method === "HEAD" ? drop(exchange) : cut(exchange, await flag());
  }
}

function drop({ request, gone }: Exchange): string {
  if (gone.aborted) return GONE;
  request.socket.destroy();
  return "dropped";
}

async function cut({ request, response, gone }: Exchange, content: Content): Promise<string> {
  if (gone.aborted) return GONE;
  const half = content.body.subarray(0, content.body.length >> 1);
  response.writeHead(200, headersOf(content));
  // Destroying before the half is written would take it back; a connection that is gone may never report the write.
  await new Promise<void>((resolve) => {
    gone.addEventListener("abort", () => resolve(), { once: true });
    response.write(half, () => resolve());
  });
  request.socket.destroy();
  return `cut after ${half.length} of ${content.body.length} bytes`;
}

function sendContent({ request, response, gone }: Exchange, content: Content): string {
  if (gone.aborted) return GONE;
  const cached = request.headers["if-none-match"]?.split(",").some((tag) => tag.trim() === content.etag);
  if (cached) {
    response.writeHead(304, { ETag: content.etag }).end();
    return "304";
  }
  response.writeHead(200, headersOf(content)).end(content.body);
  return "200";
}

function headersOf({ body, type, etag }: Content): Record<string, string | number> {
  return { "Content-Type": type, "Content-Length": body.length, ETag: etag };
}

function sendText({ response, gone }: Exchange, status: number, text: string): string {
  if (gone.aborted) return GONE;
  const body = Buffer.from(`${text}\n`);
  response.writeHead(status, { "Content-Type": TEXT, "Content-Length": body.length }).end(body);
  return String(status);
}
