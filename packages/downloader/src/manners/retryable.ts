import type { Reason } from "../events.ts";
import { reasonOf } from "./reason.ts";

/** What a failed attempt means. */
export interface Verdict {
  /** Whether another attempt may do better. */
  readonly retry: boolean;
  /** … but only one more of this kind. */
  readonly once: boolean;
  /** Whether it says something about the host, which all its items are to heed. */
  readonly slowHost: boolean;
  readonly reason: Reason;
}

/** How often what failed in that way is worth another attempt. */
type Again = "no" | "once" | "yes";

/** RFC 9110 has them, RFC 8470 the 425, RFC 6585 the 429. 421: a further connection may lead to a server that is meant. */
const STATUSES: Readonly<Record<number, Again>> = {
  408: "yes",
  421: "once",
  425: "yes",
  429: "yes",
  500: "yes",
  502: "yes",
  503: "yes",
  504: "yes",
};

/**
 * By the codes of errors, those of `@yieldfrom/http`, of DownloadError and of core; what is not here fails again: certificates,
 * addresses, redirects, bodies that are too large, the disk, and what nobody knows.
 */
const CODES: Readonly<Record<string, Again>> = {
  ERR_CLIENT_CONNECTION: "yes",
  ERR_CLIENT_CONNECTION_RESET: "yes",
  ERR_CLIENT_OS: "yes",
  ERR_CLIENT_CONNECTOR: "yes",
  ERR_UNIX_CLIENT_CONNECTOR: "yes",
  ERR_CLIENT_PROXY_CONNECTION: "yes",
  ERR_CLIENT_SOCKS_PROXY: "yes",
  ERR_CLIENT_CONNECTOR_DNS: "yes",
  ERR_SERVER_CONNECTION: "yes",
  ERR_SERVER_DISCONNECTED: "yes",
  ERR_SERVER_TIMEOUT: "yes",
  ERR_TIMEOUT: "yes",
  // Early end, a stream that was reset, a body that can't be inflated.
  ERR_CLIENT_PAYLOAD: "yes",
  ERR_SLOW: "yes",
  ERR_LENGTH: "yes",
  // Servers that change their minds about the file meanwhile, or ranges that are not those that were asked for.
  ERR_CHANGED: "yes",
  ERR_RANGE: "yes",
  // From the start: the bytes may have been broken when they were put together.
  ERR_CHECKSUM: "once",
  ERR_SERVER_PROTOCOL: "once",
  ERR_CLIENT_CONNECTOR_SSL: "once",
};

/** No connection could be made: that is about the host. */
const NO_CONNECTION: ReadonlySet<string> = new Set([
  "ERR_CLIENT_CONNECTOR",
  "ERR_UNIX_CLIENT_CONNECTOR",
  "ERR_CLIENT_PROXY_CONNECTION",
  "ERR_CLIENT_SOCKS_PROXY",
  "ERR_CLIENT_CONNECTOR_DNS",
]);

/** Systems' codes, of connection faults, that stay as they are. "No such host" is an answer; EAI_AGAIN is none. */
const FINAL_CAUSES: ReadonlySet<string> = new Set([
  "ENOTFOUND",
  "EAI_NONAME",
  "EAI_NODATA",
  "EAI_FAIL",
  "EACCES",
  "EPERM",
  "EINVAL",
  "EAFNOSUPPORT",
  "ENOENT",
]);

/** What SOCKS proxies say, a ClientSocksProxyError's `reason`, that stays as it is. */
const FINAL_REFUSALS: ReadonlySet<unknown> = new Set([
  "authentication",
  "not allowed",
  "command not supported",
  "address type not supported",
]);

/**
 * What an answer with that status means, 4xx or 5xx.
 * @param statusText "Not Found" for instance; the server's words, made presentable here
 */
export function verdictOfStatus(status: number, statusText = ""): Verdict {
  const message = statusText === "" ? `the server answered ${status}` : `the server answered ${status} ${statusText}`;
  return verdict(STATUSES[status] ?? "no", isOverload(status), reasonOf("ERR_STATUS", message, status));
}

/** What an error means that an attempt threw. Cancellations are not for here. */
export function verdictOfError(error: unknown): Verdict {
  const {
    status,
    limit,
    reason: refusal,
  } = (error ?? {}) as {
    readonly [name in "status" | "limit" | "reason"]?: unknown;
  };
  const known = errorCode(error);
  const words = wordsOf(error);
  if (typeof status === "number" && (known === "ERR_CLIENT_RESPONSE" || known === "ERR_CLIENT_HTTP_PROXY")) {
    return verdict(STATUSES[status] ?? "no", isOverload(status), reasonOf(known, words, status));
  }
  const reason = reasonOf(known || nameOf(error), words);
  const isFinal = isFinalCause(error) || FINAL_REFUSALS.has(refusal);
  if (isFinal) return verdict("no", false, reason);
  const slowHost = NO_CONNECTION.has(known) || (known === "ERR_SERVER_TIMEOUT" && limit === "sockConnect");
  return verdict(CODES[known] ?? "no", slowHost, reason);
}

function isOverload(status: number): boolean {
  return status === 429 || status === 503;
}

function verdict(again: Again, slowHost: boolean, reason: Reason): Verdict {
  return { retry: again !== "no", once: again === "once", slowHost, reason };
}

/** Whether the system's error beneath it stays as it is; where several addresses were tried, those of all of them. */
function isFinalCause(error: unknown): boolean {
  let cause = (error as { readonly cause?: unknown } | null | undefined)?.cause;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    const all: readonly unknown[] = cause instanceof AggregateError && cause.errors.length > 0 ? cause.errors : [cause];
    if (all.every((each) => FINAL_CAUSES.has(errorCode(each)))) return true;
    cause = cause.cause;
  }
  return false;
}

function errorCode(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "Error";
}

/**
 * The message of an error, for people who see the address beside it and who use no library: without the method and address
 * that the session's messages begin with, without advice in code, and with the options' own names for limits.
 */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { method, url, limit } = error as {
    readonly method?: unknown;
    readonly url?: unknown;
    readonly limit?: unknown;
  };
  let text = error.message;
  const head = `${method} ${url}: `;
  if (text.startsWith(head)) text = text.slice(head.length);
  if (typeof limit === "string") text = text.replace(`the ${limit} timeout`, `the ${LIMITS[limit] ?? limit} timeout`);
  return text
    .split("; ")
    .filter((part, index) => index === 0 || !part.includes("`"))
    .join("; ");
}

const LIMITS: Readonly<Record<string, string>> = {
  sockConnect: "connect",
  sockRead: "idle",
};
