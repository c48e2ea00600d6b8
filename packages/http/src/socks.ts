import { isIP, isIPv4, type Socket } from "node:net";
import type { Coroutine, Future } from "yieldfrom";
import type { Attempt } from "./attempt.ts";
import { ClientSocksProxyError, type SocksRefusal } from "./connector-errors.ts";
import type { ProxyServer } from "./proxy.ts";

/** What is to be known of a SOCKS proxy. */
export interface SocksTerms {
  /** Whether the proxy resolves the names of hosts (`socks5h`), and not this machine (`socks5`). */
  readonly resolvesNames: boolean;
  readonly login: string | undefined;
  readonly password: string;
}

const VERSION = 5;
/** Ways to prove who asks: RFC 1928 section 3. */
const NO_PROOF = 0;
const PASSWORD = 2;
const CONNECT = 1;
/** Of the sub-negotiation of RFC 1929. */
const PASSWORD_VERSION = 1;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;

/** RFC 1928 section 6. */
const REPLIES: Readonly<Record<number, SocksRefusal>> = {
  1: "general failure",
  2: "not allowed",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "TTL expired",
  7: "command not supported",
  8: "address type not supported",
};

/**
 * Has the proxy at the other end of `socket` connect it with `hostname`, a name or an address. Source: RFC 1928 (SOCKS 5),
 * RFC 1929 (user name and password). Reads no byte more than the proxy's own; what follows is the server's.
 * @throws ClientSocksProxyError if the proxy refuses, Error if what it says is no SOCKS; what happened to the connection
 */
export function* socksConnect(
  socket: Socket,
  proxy: ProxyServer,
  { login, password }: SocksTerms,
  hostname: string,
  port: number,
  attempt: Attempt,
): Coroutine<void> {
  const destination = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  const refusal = (reason: SocksRefusal, advice = "") => {
    const what = `the proxy ${proxy.url} refused to connect to ${destination}: ${reason}${advice}`;
    return new ClientSocksProxyError(attempt.subject, attempt.phase, what, proxy.url, reason);
  };
  using reader = new Reader(socket, attempt);
  const methods = login === undefined ? [NO_PROOF] : [NO_PROOF, PASSWORD];
  socket.write(Buffer.from([VERSION, methods.length, ...methods]));
  const [version, method = 0] = yield* reader.exactly(2);
  if (version !== VERSION) throw new Error("its answer is not SOCKS 5");
  if (method === PASSWORD && login !== undefined) {
    const pair = [login, password].map((text) => Buffer.from(text));
    socket.write(Buffer.concat([Buffer.from([PASSWORD_VERSION]), ...pair.flatMap(withLength)]));
    const [passwordVersion, status] = yield* reader.exactly(2);
    if (passwordVersion !== PASSWORD_VERSION) throw new Error("its answer to user name and password is not SOCKS 5");
    if (status !== 0) throw refusal("authentication", "; it does not take this user name and password");
  } else if (method !== NO_PROOF) {
    const advice =
      login === undefined
        ? '; it wants user name and password, `proxyAuth: { login: "…", password: "…" }`'
        : "; it takes neither no proof nor user name and password";
    throw refusal("authentication", advice);
  }
  socket.write(Buffer.from([VERSION, CONNECT, 0, ...addressBytes(hostname), port >> 8, port & 255]));
  const [again, reply = 1, , kind] = yield* reader.exactly(4);
  if (again !== VERSION) throw new Error("its answer is not SOCKS 5");
  // Some close the connection right after the reason, without the address that should follow.
  if (reply !== 0) throw refusal(REPLIES[reply] ?? "general failure", reply in REPLIES ? "" : ` (reply ${reply})`);
  const length = kind === IPV4 ? 4 : kind === IPV6 ? 16 : kind === NAME ? (yield* reader.exactly(1))[0] : undefined;
  if (length === undefined) throw new Error("its answer has an address of no known type");
  yield* reader.exactly(length + 2);
}

/** Reads a socket by exact numbers of bytes. */
class Reader implements Disposable {
  private readonly _socket: Socket;
  private readonly _attempt: Attempt;
  private readonly _wake: () => void;
  private readonly _fail: (error: Error) => void;
  private _news: Future<void> | null = null;
  private _error: Error | undefined = undefined;

  constructor(socket: Socket, attempt: Attempt) {
    this._socket = socket;
    this._attempt = attempt;
    this._wake = () => {
      if (this._news !== null && !this._news.done()) this._news.setResult(undefined);
    };
    this._fail = (error) => {
      this._error = error;
    };
    socket.on("readable", this._wake).on("end", this._wake).on("close", this._wake).on("error", this._fail);
  }

  *exactly(count: number): Coroutine<Buffer> {
    for (;;) {
      const bytes = this._socket.read(count) as Buffer | null;
      if (bytes?.length === count) return bytes;
      // At its end a stream gives what is left, though it is less.
      if (bytes !== null || this._socket.destroyed || this._socket.readableEnded) {
        throw this._error ?? new Error("it closed the connection");
      }
      this._news = this._attempt.loop.createFuture<void>();
      yield* this._attempt.wait(this._news);
    }
  }

  [Symbol.dispose](): void {
    const { _socket: socket, _wake: wake } = this;
    socket.off("readable", wake).off("end", wake).off("close", wake).off("error", this._fail);
  }
}

/** Type and address: RFC 1928 section 5. */
function addressBytes(hostname: string): readonly number[] {
  if (isIPv4(hostname)) return [IPV4, ...hostname.split(".").map(Number)];
  if (isIP(hostname) === 6) return [IPV6, ...ipv6Bytes(hostname)];
  const name = Buffer.from(hostname);
  if (name.length > 255) throw new Error(`a name of ${name.length} bytes is too long for SOCKS, which has 255`);
  return [NAME, name.length, ...name];
}

function ipv6Bytes(address: string): number[] {
  // The URL has one form of all: no zone, no dots, nothing but hexadecimal groups and perhaps "::".
  const canonical = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [before = [], after = []] = canonical
    .split("::")
    .map((part) => part.split(":").filter((group) => group !== ""));
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
  return groups.map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255]);
}

function withLength(bytes: Buffer): Buffer[] {
  return [Buffer.from([bytes.length]), bytes];
}
