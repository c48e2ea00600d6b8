import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { Client, type Dispatcher } from "undici";
import type { Coroutine } from "yieldfrom";
import type { Attempt } from "./attempt.ts";
import { onceOnly } from "./connection.ts";
import { ClientHttpProxyError } from "./connector-errors.ts";
import type { Subject } from "./errors.ts";
import type { SocksTerms } from "./socks.ts";

/** User name and password for a proxy. Source: aiohttp `BasicAuth`. */
export interface ProxyAuth {
  readonly login: string;
  readonly password?: string;
}

/** A proxy, ready for use. */
export interface ProxyServer {
  /** Scheme, host and port; without credentials. */
  readonly url: string;
  readonly hostname: string;
  readonly port: number;
  readonly secure: boolean;
  /** The value of `Proxy-Authorization`, for a proxy that speaks HTTP. */
  readonly authorization: string | undefined;
  /** null: it speaks HTTP. */
  readonly socks: SocksTerms | null;
}

/** Whether the proxy resolves names, by scheme. GNOME writes `socks`, and browsers take that for SOCKS 5. */
const SOCKS: ReadonlyMap<string, boolean> = new Map([
  ["socks5:", false],
  ["socks5h:", true],
  ["socks:", true],
]);
const SOCKS_PORT = 1080;

/**
 * @param url `http://host:port`, `https://…`, `socks5://…` or `socks5h://…`; user name and password may stand in it, `auth`
 *   goes before them
 * @throws RangeError for another scheme, or what is no URL; its text shows no credentials
 */
export function parseProxy(url: string | URL, auth: ProxyAuth | undefined, name = "proxy"): ProxyServer {
  const parsed = URL.parse(String(url));
  const resolvesNames = parsed === null ? undefined : SOCKS.get(parsed.protocol);
  if (parsed !== null && resolvesNames !== undefined) return socksProxy(parsed, resolvesNames, auth, name);
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    const scheme = parsed === null ? "what is none" : `one of ${parsed.protocol}`;
    throw new RangeError(
      `Expected \`${name}\` to be a URL such as http://proxy.example:3128 (http, https, socks5 or socks5h), got ${scheme}`,
    );
  }
  const secure = parsed.protocol === "https:";
  return {
    url: parsed.origin,
    hostname: withoutBrackets(parsed.hostname),
    port: parsed.port === "" ? (secure ? 443 : 80) : Number(parsed.port),
    secure,
    authorization: authorizationOf(parsed, auth),
    socks: null,
  };
}

function socksProxy(
  { protocol, host, port: given, username, password }: URL,
  resolvesNames: boolean,
  auth: ProxyAuth | undefined,
  name: string,
): ProxyServer {
  // What stands after an unknown scheme is not looked at by URL: so it is read once more, as a web address.
  const address = URL.parse(`http://${host}`);
  if (address === null || host === "") {
    throw new RangeError(`Expected \`${name}\` to name a host, as in socks5://proxy.example:1080`);
  }
  const port = given === "" ? SOCKS_PORT : Number(given);
  const hasOwn = username !== "" || password !== "";
  const login = auth?.login ?? (hasOwn ? decode(username) : undefined);
  const secret = auth === undefined ? decode(password) : (auth.password ?? "");
  if (Buffer.byteLength(login ?? "") > 255 || Buffer.byteLength(secret) > 255) {
    throw new RangeError(`Expected user name and password of \`${name}\` to have 255 bytes at most, as in SOCKS`);
  }
  return {
    url: `${protocol}//${address.hostname}:${port}`,
    hostname: withoutBrackets(address.hostname),
    port,
    secure: false,
    authorization: undefined,
    socks: { resolvesNames, login, password: secret },
  };
}

function authorizationOf(url: URL, auth: ProxyAuth | undefined): string | undefined {
  let pair: string;
  if (auth !== undefined) {
    if (auth.login.includes(":")) throw new RangeError("Expected `proxyAuth.login` to have no colon, which ends it");
    pair = `${auth.login}:${auth.password ?? ""}`;
  } else if (url.username !== "" || url.password !== "") {
    pair = `${decode(url.username)}:${decode(url.password)}`;
  } else {
    return undefined;
  }
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone %, which a URL lets through.
  }
}

export function withoutBrackets(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

/**
 * Has the proxy at the other end of `socket` connect it with `destination`, `host:port`. Source: RFC 9110 section 9.3.6
 * (CONNECT). undici speaks with the proxy; its ProxyAgent would do all of it, but shares connections out by itself, and
 * knows no way to stop one that is being made.
 * @throws ClientHttpProxyError if the proxy refuses; what happened to the connection
 */
export function* tunnel(socket: Socket, proxy: ProxyServer, destination: string, attempt: Attempt): Coroutine<Socket> {
  const opened = attempt.loop.createFuture<Dispatcher.ConnectData>();
  const client = new Client(proxy.url, { allowH2: false, connect: onceOnly(socket) });
  const headers: Record<string, string> = { host: destination };
  if (proxy.authorization !== undefined) headers["proxy-authorization"] = proxy.authorization;
  client.connect({ path: destination, headers }, (error, data) => {
    if (opened.done()) return;
    if (error !== null) opened.setException(error);
    else opened.setResult(data);
  });
  try {
    const { statusCode, headers: answered } = yield* attempt.wait(opened);
    if (statusCode < 200 || statusCode > 299) throw refusal(proxy, destination, statusCode, answered, attempt.subject);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    void client.destroy(noop);
  }
  return socket;
}

function refusal(
  proxy: ProxyServer,
  destination: string,
  status: number,
  rawHeaders: Dispatcher.ConnectData["headers"],
  subject: Subject,
): Error {
  const headers = new Headers();
  for (const [name, values] of Object.entries(rawHeaders)) {
    for (const value of [values ?? []].flat()) headers.append(name, value);
  }
  const reason = STATUS_CODES[status] ?? "";
  const advice =
    status === 407
      ? proxy.authorization === undefined
        ? '; it wants user name and password, `proxyAuth: { login: "…", password: "…" }`'
        : "; it does not take this user name and password"
      : "";
  const what = `the proxy ${proxy.url} refused to connect to ${destination}: ${`${status} ${reason}`.trimEnd()}${advice}`;
  return new ClientHttpProxyError(subject, { status, reason, headers }, what, proxy.url);
}

function noop(): void {}
