import { ClientResponseError } from "./errors.ts";
import { Hop } from "./hop.ts";
import { UploadStream } from "./request-body.ts";
import { withoutBodyHeaders, withoutCredentials } from "./request-headers.ts";
import type { ClientResponse } from "./response.ts";
import { resolveUrl } from "./urls.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Where a response sends its request to; `undefined` if it does not. Source: aiohttp's `allow_redirects`.
 *
 * 303 becomes GET, as do 301 and 302 after a POST; the others keep method and body. What proves who the caller is
 * goes to no other origin.
 * @throws InvalidUrlError if it leads out of http and https; ClientResponseError if a stream would have to be sent again
 */
export function redirectOf(hop: Hop, response: ClientResponse): Hop | undefined {
  const { status } = response;
  if (!REDIRECTS.has(status)) return undefined;
  const location = response.headers.get("location");
  if (location === null) return undefined;

  const target = resolveUrl(hop.method, location, hop.target, "checking the answer");
  const headers = target.origin === hop.target.origin ? hop.headers : withoutCredentials(hop.headers);
  const history = [...hop.history, response];
  if (becomesGet(hop.method, status)) return new Hop("GET", target, withoutBodyHeaders(headers), undefined, history);
  if (hop.body?.data instanceof UploadStream) {
    const what = `the answer ${status} asks to send the body again elsewhere, and a stream can be sent only once`;
    throw new ClientResponseError(hop, response, what);
  }
  return new Hop(hop.method, target, headers, hop.body, history);
}

function becomesGet(method: string, status: number): boolean {
  return status === 303 ? method !== "HEAD" : status < 303 && method === "POST";
}
