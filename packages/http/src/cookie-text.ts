/** Cookies to send, by their names. */
export type Cookies = Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/** Names and values. */
export function pairsOf(cookies: Cookies): (readonly [string, string])[] {
  return Symbol.iterator in cookies ? [...cookies] : Object.entries(cookies);
}

/**
 * `name=value`.
 * @throws TypeError if it would not be one cookie, and the same one at the other side
 */
export function checkCookie(name: string, value: string): string {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw new TypeError(
      `Expected the name of a cookie to be a token such as "session_id", got ${JSON.stringify(name)}`,
    );
  }
  if (typeof value === "string" && /^[\x20-\x3a\x3c-\x7e]*$/.test(value)) return `${name}=${value}`;
  const got = typeof value === "string" ? 'one with ";", a control character or beyond ASCII' : typeof value;
  throw new TypeError(
    `Expected the cookie "${name}" to have a value that can be sent, got ${got}: encodeURIComponent() it`,
  );
}

/** Cookies that the caller gives, checked. */
export function cookieMap(cookies: Cookies): CookieMap {
  return new Map(pairsOf(cookies).map(([name, value]) => [name, checkCookie(name, value)]));
}

/** `name=value` by name. */
export type CookieMap = ReadonlyMap<string, string>;

/** The value of the Cookie header for what `layers` hold: of a name, the last one's. */
export function cookieHeader(layers: readonly (CookieMap | undefined)[]): string {
  const all = new Map<string, string>();
  for (const layer of layers) for (const [name, text] of layer ?? []) all.set(name, text);
  return [...all.values()].join("; ");
}

/** The cookies of a Cookie header that the caller wrote. */
export function readCookieHeader(header: string): CookieMap {
  const found = new Map<string, string>();
  for (const part of header.split(";")) {
    const text = part.trim();
    if (text !== "") found.set(text.split("=", 1)[0]!, text);
  }
  return found;
}
