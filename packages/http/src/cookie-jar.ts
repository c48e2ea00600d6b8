import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import type * as Tough from "tough-cookie";
import { type Coroutine, coroutine, from } from "yieldfrom";
import { type Cookies, checkCookie, pairsOf } from "./cookie-text.ts";
import {
  formatNetscape,
  type LoadedCookies,
  type NetscapeCookie,
  parseNetscapeLine,
  type SkippedLine,
} from "./netscape-cookies.ts";
import { type Cookie, cookieOf, tough } from "./response-cookies.ts";

/** What a session asks for cookies, and tells of those that it was sent. Source: aiohttp `AbstractCookieJar`. */
export interface AbstractCookieJar {
  /** Whether it has none; then it is not asked. */
  readonly isEmpty: boolean;
  /**
   * Takes cookies in: Set-Cookie headers (an array), or names and values.
   * @param url who sent them: they go to nobody else
   */
  updateCookies(cookies: readonly string[] | Cookies, url: string | URL): void;
  /** Names and values of the cookies that a request of `url` takes along. */
  filterCookies(url: string | URL): ReadonlyMap<string, string>;
  /** Drops all cookies, or those that `predicate` says true of. */
  clear(predicate?: (cookie: Cookie) => boolean): void;
  /** Drops the cookies of a domain and those below it. */
  clearDomain(domain: string): void;
}

/** Cookies that servers may have set at a time. Source: RFC 6265 section 6.1, which asks for room for so many. */
const MOST = 3000;

/** Options of a CookieJar. */
export interface CookieJarOptions {
  /** Whether hosts that are addresses and not names may set cookies. Default: false, as in aiohttp. */
  readonly unsafe?: boolean;
  /**
   * Origins of http that get `Secure` cookies as those of https do. Localhost and loopback addresses always do, as in
   * browsers.
   */
  readonly treatAsSecureOrigin?: string | URL | readonly (string | URL)[];
}

/**
 * Keeps cookies, for the sites that sent them: RFC 6265 and the public suffix list, by tough-cookie.
 * Source: aiohttp `CookieJar`.
 *
 * Each session has one of its own unless it is given another, which may be shared. A cookie goes to the host that set it,
 * or to the domain that it names, if that is the host's own and no public suffix; a `Secure` one over https only, except
 * to this machine. When servers have set more than 3000, those that were not sent for the longest time are forgotten; not
 * those that were loaded.
 */
export class CookieJar implements AbstractCookieJar, Iterable<Cookie> {
  private readonly _unsafe: boolean;
  private readonly _secureOrigins: ReadonlySet<string>;
  /** Made when the first cookie comes. */
  private _jar: Tough.CookieJar | undefined = undefined;
  private _isEmpty = true;
  /** Those that were loaded. */
  private _loaded = new WeakSet<Tough.Cookie>();
  /** How many were set since they were counted, and those that were there then. */
  private _set = 0;

  /** @throws TypeError for an origin that is no URL */
  constructor({ unsafe = false, treatAsSecureOrigin = [] }: CookieJarOptions = {}) {
    this._unsafe = unsafe;
    this._secureOrigins = new Set([treatAsSecureOrigin].flat().map((origin) => new URL(origin as string | URL).origin));
  }

  /** Also false if the last one has ended by itself, until the next `clear`. */
  get isEmpty(): boolean {
    return this._isEmpty;
  }

  /** How many cookies it has. */
  get size(): number {
    return this._all().length;
  }

  /** Cookies that it may not keep are dropped, as browsers do. @throws TypeError for a name or value that is none */
  updateCookies(cookies: readonly string[] | Cookies, url: string | URL): void {
    const target = this._subject(url);
    if (target === undefined) return;
    const given = isHeaders(cookies) ? cookies : pairsOf(cookies).map(([name, value]) => checkCookie(name, value));
    this._jar ??= new (tough().CookieJar)();
    for (const cookie of given) this._jar.setCookieSync(cookie, target, { ignoreError: true });
    // To go through them costs more the more there are, and each response may set one.
    if (this._isEmpty) this._recount();
    this._set += given.length;
    if (this._set > MOST) this._forgetOldest();
  }

  filterCookies(url: string | URL): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    const target = this.isEmpty ? undefined : this._subject(url);
    if (target === undefined) return found;
    // The ones with the longest paths come first, and win.
    for (const { key, value } of this._jar!.getCookiesSync(target)) if (!found.has(key)) found.set(key, value);
    return found;
  }

  clear(predicate?: (cookie: Cookie) => boolean): void {
    if (predicate === undefined) this._jar = undefined;
    else this._remove((cookie) => predicate(cookieOf(cookie)));
    this._recount();
  }

  clearDomain(domain: string): void {
    const wanted = domain.toLowerCase().replace(/^\./, "");
    this._remove(({ domain: own }) => own === wanted || (own?.endsWith(`.${wanted}`) ?? false));
    this._recount();
  }

  *[Symbol.iterator](): Iterator<Cookie> {
    for (const cookie of this._all()) yield cookieOf(cookie);
  }

  /** All of it in tough-cookie's form for JSON, the cookies that end with a browser's session included. */
  toJSON(): Tough.SerializedCookieJar {
    return (this._jar ?? new (tough().CookieJar)()).serializeSync() as Tough.SerializedCookieJar;
  }

  /** Replaces what it has by what `toJSON` gave. @throws TypeError for something else */
  fromJSON(json: unknown): void {
    try {
      this._jar = tough().CookieJar.deserializeSync(json as Tough.SerializedCookieJar);
    } catch (cause) {
      throw new TypeError("Expected what CookieJar.toJSON() gave", { cause });
    }
    this._recount();
    this._keepAll();
  }

  /**
   * Writes it to a file, which only this user may read, in one piece: who reads meanwhile sees the old one or the new.
   * @throws when awaited: what the file system says
   */
  save(path: string): Coroutine<void> {
    return save(this, path);
  }

  /** Replaces what it has by what was saved. @throws when awaited: what the file system says; SyntaxError, TypeError */
  load(path: string): Coroutine<void> {
    return load(this, path);
  }

  /**
   * Adds the cookies of a file in Netscape's form, which browsers' extensions, curl and yt-dlp write. Lines that are no
   * cookies, or of cookies that have expired or may not be kept, are skipped and told of.
   * @throws when awaited: what the file system says; SyntaxError for a file without a line in that form
   */
  loadNetscape(path: string): Coroutine<LoadedCookies> {
    return loadNetscape(this, path);
  }

  /**
   * Writes its cookies to a file in Netscape's form, those that end with a session included, as `save` does it. SameSite is not
   * said there.
   * @throws when awaited: what the file system says
   */
  saveNetscape(path: string): Coroutine<void> {
    return saveNetscape(this, path);
  }

  /** @internal Why it is not kept; undefined: it is. */
  _add({ domain, subdomains, path, secure, expires, name, value, httpOnly }: NetscapeCookie): string | undefined {
    if (expires !== 0 && expires * 1000 <= Date.now()) return "it has expired";
    const subject = this._subject(`https://${domain}/`);
    if (subject === undefined) return "its domain is an address, and the jar is not `unsafe`";
    const { Cookie, CookieJar } = tough();
    const cookie = new Cookie({ key: name, value, path, secure, httpOnly });
    if (subdomains && !isAddress(domain)) cookie.domain = domain;
    if (expires !== 0) cookie.expires = new Date(expires * 1000);
    this._jar ??= new CookieJar();
    try {
      if (this._jar.setCookieSync(cookie, subject) === undefined) return "its name's prefix asks for what it is not";
    } catch {
      return "its domain is a public suffix, and it is for all below it"; // tough-cookie's text shows the cookie.
    }
    return undefined;
  }

  /** For example `<CookieJar 3 cookies>`. */
  toString(): string {
    const { size } = this;
    return `<CookieJar ${size} ${size === 1 ? "cookie" : "cookies"}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** The URL as tough-cookie is to see it; `undefined` if it has no cookies. */
  private _subject(url: string | URL): string | undefined {
    const target = new URL(url);
    if (!this._unsafe && isAddress(target.hostname)) return undefined;
    if (this._secureOrigins.has(target.origin)) target.protocol = "https:";
    return target.href;
  }

  private _all(): Tough.Cookie[] {
    let cookies: Tough.Cookie[] = [];
    this._jar?.store.getAllCookies((error, all) => {
      if (error === null) cookies = all ?? [];
    });
    // One that a server deleted is there until it would have been sent.
    const now = Date.now();
    return cookies.filter((cookie) => (cookie.expiryTime() ?? Number.POSITIVE_INFINITY) > now);
  }

  private _forgetOldest(): void {
    const all = this._all();
    const set = all.filter((cookie) => !this._loaded.has(cookie)).sort((a, b) => usedAt(a) - usedAt(b));
    const forgotten = new Set(set.length > MOST / 2 ? set.slice(0, -MOST / 2) : []);
    this._set = set.length - forgotten.size;
    if (forgotten.size === 0) return;
    // Anew, as the store keeps the places of cookies that are taken out.
    this._jar = new (tough().CookieJar)();
    for (const cookie of all) if (!forgotten.has(cookie)) this._jar.store.putCookie(cookie, () => {});
  }

  private _remove(unwanted: (cookie: Tough.Cookie) => boolean): void {
    for (const cookie of this._all()) {
      if (!unwanted(cookie)) continue;
      this._jar!.store.removeCookie(cookie.domain, cookie.path, cookie.key, () => {});
    }
  }

  /** @internal */
  *_netscape(): Iterable<NetscapeCookie> {
    for (const cookie of this._all()) {
      const expiry = cookie.expiryTime() ?? Number.POSITIVE_INFINITY;
      yield {
        domain: cookie.domain ?? "",
        subdomains: cookie.hostOnly === false,
        path: cookie.path ?? "/",
        secure: cookie.secure,
        expires: Number.isFinite(expiry) ? Math.max(1, Math.floor(expiry / 1000)) : 0,
        name: cookie.key,
        value: cookie.value,
        httpOnly: cookie.httpOnly,
      };
    }
  }

  /** @internal */
  _recount(): void {
    this._isEmpty = this._all().length === 0;
  }

  /** @internal What it has now was loaded. */
  _keepAll(): void {
    for (const cookie of this._all()) this._loaded.add(cookie);
  }
}

/** Keeps no cookies. Source: aiohttp `DummyCookieJar`. */
export class DummyCookieJar implements AbstractCookieJar {
  readonly isEmpty = true;

  updateCookies(): void {}

  filterCookies(): ReadonlyMap<string, string> {
    return new Map();
  }

  clear(): void {}

  clearDomain(): void {}
}

function usedAt({ lastAccessed, creation }: Tough.Cookie): number {
  const at = lastAccessed ?? creation;
  return at instanceof Date ? at.getTime() : 0;
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, "")) !== 0;
}

function isHeaders(cookies: readonly string[] | Cookies): cookies is readonly string[] {
  return Array.isArray(cookies) && cookies.every((one) => typeof one === "string");
}

const save = coroutine(function* save(jar: CookieJar, path: string): Coroutine<void> {
  yield* from(writePrivately(path, Buffer.from(JSON.stringify(jar))));
});

const load = coroutine(function* load(jar: CookieJar, path: string): Coroutine<void> {
  const text = yield* from((signal) => readFile(path, { encoding: "utf8", signal }));
  jar.fromJSON(JSON.parse(text));
});

const saveNetscape = coroutine(function* saveNetscape(jar: CookieJar, path: string): Coroutine<void> {
  // Byte for byte, as values come from servers and go to them.
  yield* from(writePrivately(path, Buffer.from(formatNetscape(jar._netscape()), "latin1")));
});

const loadNetscape = coroutine(function* loadNetscape(jar: CookieJar, path: string): Coroutine<LoadedCookies> {
  const text = yield* from((signal) => readFile(path, { encoding: "latin1", signal }));
  const skipped: SkippedLine[] = [];
  let loaded = 0;
  let understood = 0;
  for (const [i, line] of text
    .replace(/^\xef\xbb\xbf/, "")
    .split(/\r?\n/)
    .entries()) {
    const cookie = parseNetscapeLine(line);
    if (cookie === null) continue;
    const reason = typeof cookie === "string" ? cookie : jar._add(cookie);
    if (typeof cookie !== "string") understood++;
    if (reason === undefined) loaded++;
    else skipped.push({ line: i + 1, reason });
  }
  jar._recount();
  jar._keepAll();
  const [first] = skipped;
  if (first !== undefined && understood === 0) {
    throw new SyntaxError(`${path} has no cookie in Netscape's form; line ${first.line}: ${first.reason}`);
  }
  return { loaded, skipped };
});

/** In one piece, and for this user alone: a file that is there already does not get more rights than it had. */
async function writePrivately(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}.part`;
  try {
    await writeFile(draft, bytes, { mode: 0o600 & (await modeOf(path)), flag: "wx" });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode;
  } catch {
    return 0o600;
  }
}
