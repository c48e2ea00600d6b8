import type { Awaitable, Coroutine } from "yieldfrom";
import { Hop } from "./hop.ts";
import { UploadStream } from "./request-body.ts";
import { mergeHeaders, type RequestHeaders } from "./request-headers.ts";
import type { ClientResponse } from "./response.ts";
import { resolveUrl } from "./urls.ts";

/** Sends a request, or gives it to the next middleware, and waits for the headers of its response. */
export type ClientHandler = (request: ClientRequest) => Coroutine<ClientResponse>;

/**
 * Stands between a session and its requests: it may change the request, look at the response, and send again. It is called
 * for each request that goes out, those that follow redirects included. Source: aiohttp's client middlewares.
 *
 * ```ts
 * const timed: ClientMiddleware = function* (request, handler) {
 *   const start = performance.now();
 *   const response = yield* handler(request);
 *   console.log(`${request.method} ${request.url.pathname}: ${performance.now() - start} ms`);
 *   return response;
 * };
 * ```
 *
 * A response that it does not return is its own to `release()`.
 */
export type ClientMiddleware = (request: ClientRequest, handler: ClientHandler) => Awaitable<ClientResponse>;

/** A request on its way out, as a middleware sees and changes it. Source: aiohttp `ClientRequest`. */
export class ClientRequest {
  method: string;
  url: URL;
  /** What the jar adds is not among them. */
  readonly headers: Headers;
  private readonly _hop: Hop;

  /** @internal */
  constructor(hop: Hop) {
    this.method = hop.method;
    this.url = new URL(hop.target);
    this.headers = new Headers();
    for (const [name, values] of hop.given) for (const value of [values].flat()) this.headers.append(name, value);
    this._hop = hop;
  }

  /** The body, if it is in memory; `null` if there is none or it is a stream. */
  get body(): string | Uint8Array | null {
    const data = this._hop.body?.data;
    return data === undefined || data instanceof UploadStream ? null : data;
  }

  /** Whether the request can be sent again: whether its body can. */
  get isReplayable(): boolean {
    return this._hop.isReplayable;
  }

  /** @internal The request as it is now. */
  _toHop(): Hop {
    const { cookies, body, shared, history } = this._hop;
    const url = resolveUrl(this.method, this.url, undefined, "preparing the request");
    const headers = mergeHeaders(new Map(), this.headers as RequestHeaders);
    return new Hop(this.method.toUpperCase(), url, headers, cookies, body, shared, history);
  }
}

/** `last`, with `middlewares` around it, the first one outermost. */
export function withMiddlewares(
  middlewares: readonly ClientMiddleware[],
  last: (hop: Hop) => Coroutine<ClientResponse>,
) {
  const send: ClientHandler = (request) => last(request._toHop());
  const handler = middlewares.reduceRight<ClientHandler>(
    (next, middleware) =>
      function* (request): Coroutine<ClientResponse> {
        return yield* middleware(request, next);
      },
    send,
  );
  return (hop: Hop): Coroutine<ClientResponse> => handler(new ClientRequest(hop));
}
