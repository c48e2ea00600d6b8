/** Headers to send: a record, WHATWG `Headers`, a Map or pairs. Names are case-insensitive. */
export type RequestHeaders =
  | Readonly<Record<string, string | readonly string[]>>
  | Iterable<readonly [string, string | readonly string[]]>;

/** Headers by their names in lower case. */
export type HeaderMap = ReadonlyMap<string, string | readonly string[]>;

const CODINGS = "gzip, deflate, br, zstd";
const AUTO: HeaderMap = new Map([
  ["accept", "*/*"],
  ["accept-encoding", CODINGS],
  ["user-agent", "yieldfrom"],
]);

/** What a session sends by itself, without the `skipped`. Source: aiohttp's default headers. */
export function autoHeaders(skipped: ReadonlySet<string>): HeaderMap {
  return without(AUTO, (name) => skipped.has(name));
}

/** A part of a compressed body could not be inflated: who asks for a range asks for it as it is, as browsers do. */
export function forRange(headers: HeaderMap): HeaderMap {
  if (!headers.has("range") || headers.get("accept-encoding") !== CODINGS) return headers;
  return new Map(headers).set("accept-encoding", "identity");
}

/** Headers that no other origin may see; or, as Host, which names the server that was asked, would make it another's. */
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization", "host"];
/** Headers that describe a body. */
const ABOUT_BODY = ["content-type", "content-length", "content-encoding", "content-language", "content-location"];

/**
 * `given` over `base`: a name in both has the value of `given`.
 * @throws TypeError, naming the header, for one that can't be sent: with a line break it would be two
 */
export function mergeHeaders(base: HeaderMap, given: RequestHeaders | undefined): HeaderMap {
  if (given === undefined) return base;
  const own = new Map<string, string | readonly string[]>();
  for (const [name, value] of Symbol.iterator in given ? given : Object.entries(given)) {
    checkHeader(name, value);
    const key = name.toLowerCase();
    const before = own.get(key);
    own.set(key, before === undefined ? value : [before, value].flat());
  }
  if (own.size === 0) return base;
  return base.size === 0 ? own : new Map([...base, ...own]);
}

/** `headers` with one more, unless it is there already. */
export function withDefault(headers: HeaderMap, name: string, value: string): HeaderMap {
  return headers.has(name) ? headers : new Map(headers).set(name, value);
}

/** `headers` without those that no other origin may see: the usual ones, and what `secret` names in lower case. */
export function withoutCredentials(headers: HeaderMap, secret: ReadonlySet<string> = NONE): HeaderMap {
  return without(headers, (name) => CREDENTIALS.includes(name) || secret.has(name));
}

export function withoutBodyHeaders(headers: HeaderMap): HeaderMap {
  return without(headers, (name) => ABOUT_BODY.includes(name));
}

const NONE: ReadonlySet<string> = new Set();

function without(headers: HeaderMap, unwanted: (name: string) => boolean): HeaderMap {
  return new Map([...headers].filter(([name]) => !unwanted(name)));
}

/** Names in lower case. */
export function nameSet(names: Iterable<string> | undefined): ReadonlySet<string> {
  return names === undefined ? NONE : new Set([...names].map((name) => name.toLowerCase()));
}

/** The same headers go out with request after request, and are flattened once. */
const flattened = new WeakMap<HeaderMap, string[]>();

/** In the form that undici takes: name, value, name, value, … It is shared: nobody may change it. */
export function flatten(headers: HeaderMap): string[] {
  let flat = flattened.get(headers);
  if (flat === undefined) {
    const pairs: (string | readonly string[])[] = [];
    for (const [name, value] of headers) pairs.push(name, value);
    flat = pairs as string[]; // undici takes an array for a repeated header, which its types leave out.
    flattened.set(headers, flat);
  }
  return flat;
}

/** Headers that are not the caller's to write, and what to do instead. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["expect", "nothing here would wait for 100 Continue"],
  ["keep-alive", "connections are kept by themselves, see the connector's `keepaliveTimeout`"],
  ["transfer-encoding", "write `chunked: true`"],
  ["upgrade", "for WebSockets there is `session.wsConnect()`"],
]);

function checkHeader(name: string, value: string | readonly string[]): void {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw new TypeError(`Expected the name of a header to be a token such as "x-flag", got ${JSON.stringify(name)}`);
  }
  const advice = REFUSED.get(name.toLowerCase());
  if (advice !== undefined) throw new TypeError(`The header ${JSON.stringify(name)} can't be sent: ${advice}`);
  if (typeof value === "string") checkValue(name, value);
  else if (!Array.isArray(value)) refuse(name, value);
  else
    for (const one of value as readonly unknown[]) typeof one === "string" ? checkValue(name, one) : refuse(name, one);
}

/** What is no part of a header's value: RFC 9110 section 5.5. */
const ODD = /[^\t\x20-\x7e\x80-\xff]/;

/** Whether a header can have this value. */
export function isHeaderValue(value: string): boolean {
  return !ODD.test(value);
}

/** The value itself, which may be secret, is not shown. */
function checkValue(name: string, value: string): void {
  const index = value.search(ODD);
  if (index === -1) return;
  const character = value.codePointAt(index)!.toString(16).toUpperCase().padStart(4, "0");
  const what = "a header is one line of printable Latin-1 characters";
  throw new TypeError(
    `Expected the header ${JSON.stringify(name)} to be valid, got U+${character} at ${index}: ${what}`,
  );
}

function refuse(name: string, value: unknown): never {
  const got = value === null ? "null" : typeof value;
  throw new TypeError(`Expected the header ${JSON.stringify(name)} to be a string or an array of strings, got ${got}`);
}
