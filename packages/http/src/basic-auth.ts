/**
 * User name and password for HTTP's Basic scheme (RFC 7617). Source: aiohttp `BasicAuth`.
 *
 * ```ts
 * using session = new ClientSession({ auth: new BasicAuth("ada", "secret") });
 * using response = yield* session.get(url);
 * ```
 *
 * They are sent as UTF-8, as browsers do; aiohttp's default is Latin-1, which `encoding` gives.
 */
export class BasicAuth {
  readonly login: string;
  readonly password: string;
  readonly encoding: "utf-8" | "latin1";

  /** @throws TypeError for what can't be told apart or can't be encoded: a login with ":", control characters */
  constructor(login: string, password = "", encoding: "utf-8" | "latin1" = "utf-8") {
    if (typeof login !== "string" || typeof password !== "string") {
      throw new TypeError(
        `Expected login and password of BasicAuth to be strings, got ${typeof login} and ${typeof password}`,
      );
    }
    if (login.includes(":")) {
      throw new TypeError('Expected the login of BasicAuth to have no ":", which is what ends it (RFC 7617)');
    }
    if (encoding === "latin1" && /[^\0-\xff]/.test(login + password)) {
      throw new TypeError('BasicAuth: login or password have characters that Latin-1 lacks; encoding "utf-8" has all');
    }
    this.login = login;
    this.password = password;
    this.encoding = encoding;
  }

  /**
   * What the value of an Authorization header says.
   * @throws TypeError if it is not of the Basic scheme, or malformed
   */
  static decode(header: string, encoding: "utf-8" | "latin1" = "utf-8"): BasicAuth {
    const [, base64] = /^basic +([a-z0-9+/]+=*) *$/i.exec(header) ?? [];
    const pair = base64 === undefined ? "" : Buffer.from(base64, "base64").toString(encoding);
    const colon = pair.indexOf(":");
    if (colon === -1) throw new TypeError('Expected the header to be "Basic " and login:password in base 64');
    return new BasicAuth(pair.slice(0, colon), pair.slice(colon + 1), encoding);
  }

  /** User name and password of a URL; `undefined` if there are none. */
  static fromUrl(url: URL): BasicAuth | undefined {
    // Most have none, and that is told sooner than what they are.
    if (!url.href.includes("@") || (url.username === "" && url.password === "")) return undefined;
    return new BasicAuth(decode(url.username), decode(url.password));
  }

  /** @internal As `fromUrl`, and the URL has none after that. */
  static takenOutOf(url: URL): BasicAuth | undefined {
    const auth = BasicAuth.fromUrl(url);
    if (auth === undefined) return undefined;
    url.username = "";
    url.password = "";
    return auth;
  }

  /** The value of the Authorization header. */
  encode(): string {
    return `Basic ${Buffer.from(`${this.login}:${this.password}`, this.encoding).toString("base64")}`;
  }

  /** Without the password. */
  toString(): string {
    return `<BasicAuth ${this.login}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone %, which a URL lets through.
  }
}
