/** Headers to send: a record, WHATWG `Headers`, a Map or pairs. Names are case-insensitive. */
export type RequestHeaders =
  | Readonly<Record<string, string | readonly string[]>>
  | Iterable<readonly [string, string | readonly string[]]>;

/** Headers by their names in lower case. */
export type HeaderMap = ReadonlyMap<string, string | readonly string[]>;

/** Headers that no other origin may see. */
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"];
/** Headers that describe a body. */
const ABOUT_BODY = ["content-type", "content-length", "content-encoding", "content-language", "content-location"];

/** `given` over `base`: a name in both has the value of `given`. */
export function mergeHeaders(base: HeaderMap, given: RequestHeaders | undefined): HeaderMap {
  if (given === undefined) return base;
  const own = new Map<string, string | readonly string[]>();
  for (const [name, value] of Symbol.iterator in given ? given : Object.entries(given)) {
    const key = name.toLowerCase();
    const before = own.get(key);
    own.set(key, before === undefined ? value : [before, value].flat());
  }
  return new Map([...base, ...own]);
}

/** `headers` with one more, unless it is there already. */
export function withDefault(headers: HeaderMap, name: string, value: string): HeaderMap {
  return headers.has(name) ? headers : new Map(headers).set(name, value);
}

export function withoutCredentials(headers: HeaderMap): HeaderMap {
  return new Map([...headers].filter(([name]) => !CREDENTIALS.includes(name)));
}

export function withoutBodyHeaders(headers: HeaderMap): HeaderMap {
  return new Map([...headers].filter(([name]) => !ABOUT_BODY.includes(name)));
}

/** In the form that undici takes: name, value, name, value, … */
export function flatten(headers: HeaderMap): string[] {
  const flat: (string | readonly string[])[] = [];
  for (const [name, value] of headers) flat.push(name, value);
  return flat as string[]; // undici takes an array for a repeated header, which its types leave out.
}

/** The value of `Authorization` for a URL that holds user name and password; `undefined` for one that does not. */
export function basicAuthorization(url: URL): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  const pair = `${decode(url.username)}:${decode(url.password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone %, which a URL lets through.
  }
}
