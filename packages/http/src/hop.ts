import { BasicAuth } from "./basic-auth.ts";
import type { AbstractCookieJar } from "./cookie-jar.ts";
import { type CookieMap, cookieHeader, readCookieHeader } from "./cookie-text.ts";
import type { Subject } from "./errors.ts";
import type { Netrc } from "./netrc.ts";
import { isReplayable, type RequestBody, UploadStream } from "./request-body.ts";
import { flatten, type HeaderMap, isHeaderValue, withDefault } from "./request-headers.ts";
import type { ClientResponse } from "./response.ts";

/** What is the same for all hops of a request, and what its responses want to know of it. */
export interface Shared {
  readonly jar: AbstractCookieJar;
  /** Who asks, by hosts, where the request does not say it. */
  readonly netrc: Netrc | null;
  /** Names of headers, besides the usual, that no other origin may see. */
  readonly secretHeaders: ReadonlySet<string>;
  /** Headers that are not sent unless the caller gives them. */
  readonly skipAutoHeaders: ReadonlySet<string>;
  readonly autoDecompress: boolean;
  /** Bytes that a body may be decompressed to; `null`: any; `undefined`: as many as are plausible. */
  readonly maxInflatedSize: number | null | undefined;
  /** Bytes that `read()` gathers; `null`: any. */
  readonly maxBodySize: number | null;
}

/** Cookies that the caller gives, which go to the origin that was asked for. */
export interface GivenCookies {
  /** The session's: those of the jar go over them. */
  readonly below: CookieMap | undefined;
  /** The request's: they go over those of the jar. */
  readonly above: CookieMap | undefined;
}

export const NO_COOKIES: GivenCookies = { below: undefined, above: undefined };

/** One request as it goes out: what the caller asked for, or what a redirect made of it. */
export class Hop implements Subject {
  readonly method: string;
  readonly target: URL;
  /** As given, without what the jar adds. */
  readonly given: HeaderMap;
  readonly cookies: GivenCookies;
  /** As sent. */
  readonly headers: HeaderMap;
  readonly body: RequestBody | undefined;
  readonly shared: Shared;
  /** The responses that led here, oldest first. */
  readonly history: readonly ClientResponse[];

  /** @param target its own: its user name and password move to the headers */
  constructor(
    method: string,
    target: URL,
    headers: HeaderMap,
    cookies: GivenCookies,
    body: RequestBody | undefined,
    shared: Shared,
    history: readonly ClientResponse[] = NOTHING,
  ) {
    let given = headers;
    const auth = BasicAuth.takenOutOf(target);
    if (auth !== undefined) given = withDefault(given, "authorization", auth.encode());
    this.method = method;
    this.target = target;
    this.given = given;
    this.cookies = cookies;
    this.body = body;
    this.shared = shared;
    this.history = history;
    const described = body === undefined ? given : withBody(given, body, shared);
    const cookie = cookieText(given, cookies, shared.jar, target);
    this.headers = cookie === undefined ? described : new Map(described).set("cookie", cookie);
  }

  /** Without credentials and fragment. */
  get url(): string {
    const { href } = this.target;
    const end = href.indexOf("#");
    return end === -1 ? href : href.slice(0, end);
  }

  /** Path and query, as they are asked for. */
  get path(): string {
    const { url } = this;
    return url.slice(url.indexOf("/", "https://".length));
  }

  /** Without credentials. */
  get realUrl(): string {
    return this.target.href;
  }

  /** In the form that undici takes. */
  get flatHeaders(): string[] {
    return flatten(this.headers);
  }

  get isReplayable(): boolean {
    return isReplayable(this.body);
  }
}

const NOTHING: readonly ClientResponse[] = [];

function withBody(headers: HeaderMap, { data, contentType }: RequestBody, { skipAutoHeaders }: Shared): HeaderMap {
  let described = headers;
  if (!skipAutoHeaders.has("content-type")) described = withDefault(described, "content-type", contentType);
  if (!(data instanceof UploadStream) || data.length === undefined) return described;
  return withDefault(described, "content-length", String(data.length));
}

/** The Cookie header; `undefined` to leave that to the headers given. Most requests have no cookies, and pay nothing. */
function cookieText(
  given: HeaderMap,
  { below, above }: GivenCookies,
  jar: AbstractCookieJar,
  url: URL,
): string | undefined {
  if (jar.isEmpty && below === undefined && above === undefined) return undefined;
  const layers = [below];
  if (!jar.isEmpty) layers.push(sendable(jar.filterCookies(url)));
  const header = given.get("cookie");
  if (header !== undefined) layers.push(readCookieHeader([header].flat().join("; ")));
  layers.push(above);
  const text = cookieHeader(layers);
  return text === "" ? undefined : text;
}

/** What a server made of its cookies must not make every further request to it fail. */
function sendable(cookies: ReadonlyMap<string, string>): CookieMap {
  const found = new Map<string, string>();
  for (const [name, value] of cookies) {
    const text = `${name}=${value}`;
    if (isHeaderValue(text)) found.set(name, text);
  }
  return found;
}
