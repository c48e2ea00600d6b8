/** Errors as Node reports them, made into those of errors.ts. */
import {
  BrokenPipeError,
  ConnectionAbortedError,
  ConnectionRefusedError,
  ConnectionResetError,
  FileNotFoundError,
  OSError,
  type OSErrorFacts,
  PermissionError,
  SSLError,
} from "./errors.ts";

/** What Node's errors say besides their message. */
interface NodeError extends Error {
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly syscall?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
}

const CLASSES: Readonly<Record<string, new (message: string, facts: OSErrorFacts) => OSError>> = {
  ECONNRESET: ConnectionResetError,
  ECONNREFUSED: ConnectionRefusedError,
  ECONNABORTED: ConnectionAbortedError,
  EPIPE: BrokenPipeError,
  ESHUTDOWN: BrokenPipeError,
  ENOENT: FileNotFoundError,
  EACCES: PermissionError,
  EPERM: PermissionError,
};

/** What an errno code says, for people. */
const MEANINGS: Readonly<Record<string, string>> = {
  ECONNRESET: "the other end cut the connection off",
  ECONNREFUSED: "nobody listens there",
  ECONNABORTED: "the connection was given up",
  EPIPE: "the other end does not read any more",
  ESHUTDOWN: "the connection was shut down",
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EADDRINUSE: "the address is already in use",
  EADDRNOTAVAIL: "the address is not one of this machine",
  EAFNOSUPPORT: "this machine has no such kind of addresses",
  ETIMEDOUT: "the other end did not answer in time",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "there is no route to the network",
  EHOSTDOWN: "the host is down",
  EMFILE: "this process has too many open files",
  ENFILE: "this machine has too many open files",
  ENAMETOOLONG: "the path is too long for a Unix socket",
  EINVAL: "invalid argument",
  ENOTSOCK: "it is no socket",
};

/** The error of this package for one of Node's: `what` was under way, "connect to 127.0.0.1:80" for instance. */
export function osError(error: unknown, what: string, more: OSErrorFacts = {}): OSError {
  if (error instanceof OSError) return error;
  const given = (error instanceof Error ? error : new Error(String(error))) as NodeError;
  const code = typeof given.code === "string" ? given.code : undefined;
  const facts: OSErrorFacts = {
    cause: error,
    code,
    errno: numberOf(given.errno),
    syscall: stringOf(given.syscall),
    address: stringOf(given.address),
    port: numberOf(given.port),
    ...more,
  };
  const meaning = code === undefined ? undefined : MEANINGS[code];
  const why = meaning === undefined ? given.message : `${meaning} (${code})`;
  return new (osErrorClass(code))(`${what}: ${why}`, facts);
}

/** The same for what comes out of a stream of Node's, which may be an error of anybody's: that stays as it is. */
export function streamError(error: Error, what: string): Error {
  return isOsError(error) ? osError(error, what) : error;
}

/** Whether the operating system is to blame, or the other end, and not a mistake of the program. */
export function isOsError(error: unknown): boolean {
  if (error instanceof OSError) return true;
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeError;
  return typeof code === "string" && (typeof syscall === "string" || isTls(code));
}

/** The class of the errors that have this code. */
export function osErrorClass(code: string | undefined): new (message: string, facts: OSErrorFacts) => OSError {
  if (code === undefined) return OSError;
  return CLASSES[code] ?? (isTls(code) ? SSLError : OSError);
}

function isTls(code: string): boolean {
  return code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_");
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
