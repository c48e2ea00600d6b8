import { ClientResponseError } from "./errors.ts";
import { Hop, NO_COOKIES } from "./hop.ts";
import { type HeaderMap, withoutBodyHeaders, withoutCredentials } from "./request-headers.ts";
import type { ClientResponse } from "./response.ts";
import { resolveUrl } from "./urls.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Where a response sends its request to; `undefined` if it does not. Source: aiohttp's `allow_redirects`.
 *
 * 303 becomes GET, as do 301 and 302 after a POST; the others keep method and body. What proves who the caller is
 * goes to no other origin, which may have an entry of its own in the netrc, and a body that came over https goes nowhere in the open.
 * @throws InvalidUrlError of the kind that fits if it leads out of http and https; ClientResponseError if a body can't be
 *   sent again
 */
export function redirectOf(hop: Hop, response: ClientResponse): Hop | undefined {
  const { status } = response;
  if (!REDIRECTS.has(status)) return undefined;
  const location = response._header("location");
  if (location === "") return undefined;

  const target = resolveUrl(hop.method, bytesEscaped(location), response._hop.target, "checking the answer");
  // RFC 9110 section 10.2.2: the fragment goes on, unless there is a new one.
  if (target.hash === "") target.hash = hop.target.hash;
  const isSame = target.origin === hop.target.origin;
  const cookies = isSame ? hop.cookies : NO_COOKIES;
  const history = [...hop.history, response];
  const headers = isSame ? hop.given : headersElsewhere(hop, target, history);
  if (becomesGet(hop.method, status)) {
    return new Hop("GET", target, withoutBodyHeaders(headers), cookies, undefined, hop.shared, history);
  }
  if (hop.body !== undefined) checkBody(hop, response, target);
  return new Hop(hop.method, target, headers, cookies, hop.body, hop.shared, history);
}

/**
 * What another origin gets: no credentials but those that the netrc has for its very host. Not even these in the open if
 * the way there was secure before: what answered then may be anybody's. (So no entry is ever used for another one's host,
 * as in CVE-2024-11053 and CVE-2025-0167 of curl.)
 */
function headersElsewhere(hop: Hop, target: URL, history: readonly ClientResponse[]): HeaderMap {
  const { netrc, secretHeaders } = hop.shared;
  const headers = withoutCredentials(hop.given, secretHeaders);
  if (netrc === null || target.username !== "" || target.password !== "") return headers;
  const wasSecure = history.some(({ _hop }) => _hop.target.protocol === "https:");
  if (wasSecure && target.protocol === "http:") return headers;
  const [first] = history as [ClientResponse];
  const auth = netrc.find(target.hostname, { redirected: target.hostname !== first._hop.target.hostname });
  return auth === undefined ? headers : new Map(headers).set("authorization", auth.encode());
}

function becomesGet(method: string, status: number): boolean {
  return status === 303 ? method !== "HEAD" : status < 303 && method === "POST";
}

function checkBody(hop: Hop, response: ClientResponse, target: URL): void {
  const asks = `the answer ${response.status} asks to send the body again elsewhere, and`;
  if (!hop.isReplayable) {
    throw new ClientResponseError(hop, response, `${asks} a stream can be sent only once`);
  }
  if (hop.target.protocol === "https:" && target.protocol === "http:") {
    throw new ClientResponseError(
      hop,
      response,
      `${asks} ${target.origin} would get over plain http what went over https`,
    );
  }
}

/** Some servers write URLs in UTF-8, whose bytes are given here as Latin-1. */
function bytesEscaped(location: string): string {
  return location.replace(/[\x80-\xff]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
