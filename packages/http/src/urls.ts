import {
  InvalidUrlError,
  InvalidUrlRedirectClientError,
  NonHttpUrlClientError,
  NonHttpUrlRedirectClientError,
  type Phase,
} from "./errors.ts";

/** What may stand in a query: numbers and booleans are written as `String` writes them, an array as the name repeated. */
export type QueryValue = string | number | bigint | boolean;
/** The query of a request: written out, by names, or as pairs, whose names may repeat. */
export type Query =
  | string
  | Readonly<Record<string, QueryValue | readonly QueryValue[]>>
  | Iterable<readonly [string, QueryValue]>;

/**
 * The URL a request is for, in an object of its own.
 * @param base resolves a relative one (RFC 3986)
 * @throws InvalidUrlError of the kind that fits, if it is not http or https
 */
export function resolveUrl(method: string, url: string | URL, base: URL | undefined, phase: Phase): URL {
  const isRedirect = phase === "checking the answer";
  let resolved: URL;
  try {
    // URL would leave line breaks out in silence, and make one host's name of two.
    if (typeof url === "string" && !isRedirect && BREAK.test(url.trim())) throw new TypeError(BREAK_ADVICE);
    resolved = new URL(url, base);
  } catch (cause) {
    const { message } = cause as Error;
    const relative = base === undefined ? "; a relative one needs a session with a `baseUrl`" : "";
    const advice = message === BREAK_ADVICE ? `; ${message}` : relative;
    const subject = { method, url: withoutCredentials(String(url)) };
    const Kind = isRedirect ? InvalidUrlRedirectClientError : InvalidUrlError;
    throw new Kind(subject, phase, `${isRedirect ? "redirected to what is " : ""}not a URL${advice}`, { cause });
  }
  if (!/^https?:/.test(resolved.href)) {
    const subject = { method, url: withoutCredentials(resolved.href) };
    const Kind = isRedirect ? NonHttpUrlRedirectClientError : NonHttpUrlClientError;
    throw new Kind(subject, phase, `${isRedirect ? "redirected to what is " : ""}not an http or https URL`);
  }
  return resolved;
}

const BREAK = /[\0\t\r\n]/;
const BREAK_ADVICE = "it has a line break, a tab or a NUL in it";

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

/**
 * Appends `params` to the URL's query, which stays as it is written. Source: aiohttp's `params`.
 * @throws TypeError for a value that is none of QueryValue; as in aiohttp, nothing is left out in silence
 */
export function addQuery(url: URL, params: Query): void {
  const added = typeof params === "string" ? params.replace(/^\?/, "") : encodePairs(params, "params").toString();
  if (added !== "") url.search = url.search === "" ? added : `${url.search}&${added}`;
}

/**
 * Names and values in the form of a query, or of a form's body.
 * @param what how messages call it
 * @throws TypeError for a value that can't be written so
 */
export function encodePairs(pairs: Exclude<Query, string>, what: string): URLSearchParams {
  if (pairs instanceof URLSearchParams) return pairs;
  const encoded = new URLSearchParams();
  const isPairs = Symbol.iterator in pairs;
  for (const [name, value] of isPairs ? pairs : Object.entries(pairs)) {
    if (!Array.isArray(value)) encoded.append(name, textOf(name, value, what));
    else for (const one of value) encoded.append(name, textOf(name, one, what));
  }
  return encoded;
}

function textOf(name: string, value: unknown, what: string): string {
  const kind = typeof value;
  if (kind === "string") return value as string;
  if (kind === "boolean" || kind === "bigint" || (kind === "number" && Number.isFinite(value))) return String(value);
  const got = value === null || kind === "number" ? String(value) : kind;
  throw new TypeError(`Expected \`${what}.${name}\` to be a string, a finite number or a boolean, got ${got}`);
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
 * except from a mere path. What would move a terminal's cursor is escaped.
 */
function withoutCredentials(text: string): string {
  const shown = /^\/(?!\/)/.test(text) ? text : text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1");
  return shown.replace(/\p{Cc}/gu, (character) => encodeURIComponent(character));
}
