import { createRequire } from "node:module";
import type * as Tough from "tough-cookie";

/** A cookie as a server set it. Source: Python's `http.cookies.Morsel`, by the names of RFC 6265. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Where it goes; in a response, `null` if it goes to the host that sent it and nowhere else. */
  readonly domain: string | null;
  readonly path: string | null;
  /** `null`: it ends with the session. */
  readonly expires: Date | null;
  /** Milliseconds that it is kept; `null` if that is not said so. In the header they are seconds. */
  readonly maxAge: number | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string | null;
}

const require = createRequire(import.meta.url);
let loaded: typeof Tough | undefined;

/** Its list of public suffixes takes some milliseconds to load: so that is done when the first cookie comes. */
export function tough(): typeof Tough {
  loaded ??= require("tough-cookie") as typeof Tough;
  return loaded;
}

/** The cookies of a response's Set-Cookie headers by name; the last of a name counts. Malformed ones are left out. */
export function parseSetCookies(headers: readonly string[]): ReadonlyMap<string, Cookie> {
  const cookies = new Map<string, Cookie>();
  if (headers.length === 0) return cookies;
  for (const header of headers) {
    const cookie = tough().Cookie.parse(header);
    if (cookie !== undefined && cookie.key !== "") cookies.set(cookie.key, cookieOf(cookie));
  }
  return cookies;
}

export function cookieOf(cookie: Tough.Cookie): Cookie {
  const { key: name, value, domain, path, expires, maxAge, secure, httpOnly, sameSite } = cookie;
  return {
    name,
    value,
    domain,
    path,
    expires: expires instanceof Date ? expires : null,
    maxAge: typeof maxAge === "number" ? maxAge * 1000 : null,
    secure,
    httpOnly,
    sameSite: sameSite ?? null,
  };
}
