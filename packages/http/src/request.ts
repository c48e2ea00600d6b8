import { type Coroutine, coroutine } from "yieldfrom";
import { BaseConnector } from "./connector.ts";
import type { ClientResponse } from "./response.ts";
import { ClientSession } from "./session.ts";
import type { ClientSessionOptions, RequestOptions } from "./session-options.ts";

/** Options of a request without a session: a request's, and those of the session that is made for it. */
export type SingleRequestOptions = RequestOptions &
  Pick<ClientSessionOptions, "connector" | "cookieJar" | "jsonSerialize" | "netrc" | "traceConfigs" | "trustEnv">;

/**
 * Sends one request, in a session of its own, which is closed when the response's body has come to its end or was
 * released. For more than one request make a ClientSession, which keeps connections. Source: aiohttp `request`.
 *
 * ```ts
 * using response = yield* request("GET", "https://flags.example/cn.gif");
 * const image = yield* response.read();
 * ```
 * @throws when awaited: as `ClientSession.request`
 */
export function request(
  method: string,
  url: string | URL,
  options: SingleRequestOptions = {},
): Coroutine<ClientResponse> {
  return single(method, url, options);
}

const single = coroutine(function* request(
  method: string,
  url: string | URL,
  options: SingleRequestOptions,
): Coroutine<ClientResponse> {
  // A connector that is given is the caller's.
  const session = new ClientSession({ ...options, connectorOwner: !(options.connector instanceof BaseConnector) });
  try {
    const response = yield* session.request(method, url, options);
    response._whenClosed(() => session[Symbol.dispose]());
    return response;
  } catch (error) {
    session[Symbol.dispose]();
    throw error;
  }
});
