import { createHash, randomBytes } from "node:crypto";
import type { Coroutine } from "yieldfrom";
import type { ClientHandler, ClientMiddleware, ClientRequest } from "./middleware.ts";
import type { ClientResponse } from "./response.ts";

/** Hash functions by the names that challenges give them. RFC 7616 section 6.1, and what servers use besides. */
const HASHES: Readonly<Record<string, string | undefined>> = {
  md5: "md5",
  sha: "sha1",
  "sha-256": "sha256",
  "sha-512": "sha512",
  "sha-512-256": "sha512-256",
};

/** Options of `digestAuth`. */
export interface DigestAuthOptions {
  /** Whose challenges are answered. Default: the origin of the first request. */
  readonly origin?: string | URL;
  /** Whether further requests prove who asks by themselves, without being asked again. Default: true. */
  readonly preemptive?: boolean;
}

/** What a server asks for. */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As it is written; "" if it is not. */
  readonly algorithm: string;
  readonly qop: "auth" | "auth-int" | undefined;
  readonly userhash: boolean;
}

/**
 * A middleware that answers the challenges of HTTP's Digest scheme (RFC 7616): MD5, SHA-1, SHA-256 and SHA-512/256, with
 * sessions and with the body's digest. Source: aiohttp `DigestAuthMiddleware`.
 *
 * ```ts
 * using session = new ClientSession({ middlewares: [digestAuth("ada", "secret")] });
 * using response = yield* session.get(url);
 * ```
 *
 * It answers one origin only, so that no other can have guesses at the password. The password itself is never sent.
 */
export function digestAuth(login: string, password: string, options: DigestAuthOptions = {}): ClientMiddleware {
  if (typeof login !== "string" || typeof password !== "string" || login.includes(":")) {
    throw new TypeError('Expected login and password of digestAuth() to be strings, the login without ":"');
  }
  return new DigestAuth(login, password, options).middleware;
}

class DigestAuth {
  private readonly _login: string;
  private readonly _password: string;
  private readonly _preemptive: boolean;
  private _origin: string | undefined;
  private _challenge: Challenge | undefined = undefined;
  /** How often the nonce was used. */
  private _count = 0;

  constructor(login: string, password: string, { origin, preemptive = true }: DigestAuthOptions) {
    this._login = login;
    this._password = password;
    this._preemptive = preemptive;
    this._origin = origin === undefined ? undefined : new URL(origin).origin;
  }

  readonly middleware: ClientMiddleware = (request, handler) => this._send(request, handler);

  private *_send(request: ClientRequest, handler: ClientHandler): Coroutine<ClientResponse> {
    this._origin ??= request.url.origin;
    if (request.url.origin !== this._origin) return yield* handler(request);
    const before = this._challenge;
    if (before !== undefined && this._preemptive) this._prove(request, before);
    const response = yield* handler(request);
    if (response.status !== 401) return response;
    const challenge = parseChallenge(response.headers.get("www-authenticate") ?? "");
    // The same nonce again: it is not that the nonce has expired, but that the password is wrong.
    const isRefused = before !== undefined && this._preemptive && before.nonce === challenge?.nonce;
    if (challenge === undefined || isRefused || !request.isReplayable) return response;
    response.release();
    this._challenge = challenge;
    this._count = 0;
    this._prove(request, challenge);
    return yield* handler(request);
  }

  private _prove(request: ClientRequest, challenge: Challenge): void {
    const { method, url, body } = request;
    const authorization = answerChallenge(challenge, {
      login: this._login,
      password: this._password,
      method: method.toUpperCase(),
      uri: url.pathname + url.search,
      body: body ?? "",
      count: ++this._count,
      cnonce: randomBytes(16).toString("hex"),
    });
    request.headers.set("authorization", authorization);
  }
}

/** The first Digest challenge of a WWW-Authenticate header that can be answered; `undefined` if there is none. */
export function parseChallenge(header: string): Challenge | undefined {
  for (const [, text = ""] of header.matchAll(
    /(?<=^|[\s,])digest\s+((?:[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",]*)\s*,?\s*)+)/gi,
  )) {
    const fields = new Map<string, string>();
    for (const [, name = "", quoted, plain = ""] of text.matchAll(
      /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))/g,
    )) {
      fields.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? plain);
    }
    const algorithm = fields.get("algorithm") ?? "";
    const nonce = fields.get("nonce");
    const offered = fields
      .get("qop")
      ?.toLowerCase()
      .split(/[\s,]+/);
    const qop = offered?.includes("auth") ? "auth" : offered?.includes("auth-int") ? "auth-int" : undefined;
    const isUnknown = hashOf(algorithm) === undefined || (offered !== undefined && qop === undefined);
    if (nonce === undefined || isUnknown) continue;
    const userhash = fields.get("userhash")?.toLowerCase() === "true";
    return { realm: fields.get("realm") ?? "", nonce, opaque: fields.get("opaque"), algorithm, qop, userhash };
  }
  return undefined;
}

function hashOf(algorithm: string): string | undefined {
  return HASHES[algorithm.toLowerCase().replace(/-sess$/, "") || "md5"];
}

interface Proof {
  readonly login: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly body: string | Uint8Array;
  readonly count: number;
  readonly cnonce: string;
}

/** The Authorization header that answers a challenge. RFC 7616 section 3.4. */
export function answerChallenge(challenge: Challenge, proof: Proof): string {
  const { realm, nonce, opaque, algorithm, qop, userhash } = challenge;
  const { login, password, method, uri, body, count, cnonce } = proof;
  const hash = (data: string | Uint8Array) => createHash(hashOf(algorithm)!).update(data).digest("hex");
  let secret = hash(`${login}:${realm}:${password}`);
  if (/-sess$/i.test(algorithm)) secret = hash(`${secret}:${nonce}:${cnonce}`);
  const request = hash(`${method}:${uri}${qop === "auth-int" ? `:${hash(body)}` : ""}`);
  const nc = count.toString(16).padStart(8, "0");
  const middle = qop === undefined ? nonce : `${nonce}:${nc}:${cnonce}:${qop}`;
  const fields = [userhash ? `username=${quote(hash(`${login}:${realm}`))}` : usernameOf(login)];
  fields.push(`realm=${quote(realm)}`, `nonce=${quote(nonce)}`, `uri=${quote(uri)}`);
  fields.push(`response=${quote(hash(`${secret}:${middle}:${request}`))}`);
  if (algorithm !== "") fields.push(`algorithm=${algorithm}`);
  if (opaque !== undefined) fields.push(`opaque=${quote(opaque)}`);
  if (qop !== undefined) fields.push(`qop=${qop}`, `nc=${nc}`, `cnonce=${quote(cnonce)}`);
  if (userhash) fields.push("userhash=true");
  return `Digest ${fields.join(", ")}`;
}

function usernameOf(login: string): string {
  if (/^[\x20-\x7e]*$/.test(login)) return `username=${quote(login)}`;
  return `username*=UTF-8''${encodeURIComponent(login)}`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
