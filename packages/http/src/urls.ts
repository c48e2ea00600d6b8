import { InvalidUrlError, type Phase } from "./errors.ts";

/** What may stand in a query: numbers and booleans are written as `String` writes them, an array as the name repeated. */
export type QueryValue = string | number | boolean;
/** The query of a request. */
export type Query = Readonly<Record<string, QueryValue | readonly QueryValue[]>> | Iterable<readonly [string, string]>;

/**
 * The URL a request is for, in an object of its own.
 * @param base resolves a relative one (RFC 3986)
 * @throws InvalidUrlError if it is not http or https
 */
export function resolveUrl(method: string, url: string | URL, base: URL | undefined, phase: Phase): URL {
  let resolved: URL;
  try {
    resolved = new URL(url, base);
  } catch (cause) {
    const advice = base === undefined ? "; a relative one needs a session with a `baseUrl`" : "";
    throw new InvalidUrlError({ method, url: withoutCredentials(String(url)) }, phase, `not a URL${advice}`, { cause });
  }
  if (resolved.protocol !== "http:" && resolved.protocol !== "https:") {
    const subject = { method, url: withoutCredentials(resolved.href) };
    throw new InvalidUrlError(subject, phase, "not an http or https URL");
  }
  return resolved;
}

/**
 * The base of a session's relative URLs.
 * @throws InvalidUrlError, or RangeError if it could not be extended
 */
export function resolveBaseUrl(url: string | URL): URL {
  const base = resolveUrl("ClientSession", url, undefined, "preparing the request");
  if (!base.pathname.endsWith("/") || base.search !== "" || base.hash !== "") {
    const got = `got ${showUrl(base)}: relative URLs replace what follows the last "/"`;
    throw new RangeError(`Expected \`baseUrl\` to end with "/", without query and fragment, ${got}`);
  }
  return base;
}

/** Appends `params` to the URL's query, which stays as it is written. */
export function addQuery(url: URL, params: Query): void {
  const added = new URLSearchParams();
  for (const [name, value] of isIterable(params) ? params : Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) added.append(name, String(one));
  }
  if (added.size > 0) url.search = url.search === "" ? `${added}` : `${url.search}&${added}`;
}

function isIterable(params: Query): params is Iterable<readonly [string, string]> {
  return Symbol.iterator in params;
}

/** A URL as it may be shown and logged: without user name and password. */
export function showUrl(url: URL): string {
  if (url.username === "" && url.password === "") return url.href;
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return shown.href;
}

/**
 * What is no web address may hold credentials all the same, as in `user:secret@host`: so all before the last @ goes,
 * except from a mere path.
 */
function withoutCredentials(text: string): string {
  return /^\/(?!\/)/.test(text) ? text : text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1");
}
