import type { Socket } from "node:net";
import type { ConnectionOptions, SecureContext, TLSSocket } from "node:tls";
import type { Coroutine } from "yieldfrom";
import type { Attempt } from "./attempt.ts";
import { ServerFingerprintMismatch } from "./connector-errors.ts";

/** How a server proves who it is, and how we do. Fields without a comment are those of Node's `tls.connect`. */
export interface SslOptions
  extends Pick<
    ConnectionOptions,
    "ca" | "cert" | "key" | "passphrase" | "pfx" | "ciphers" | "minVersion" | "maxVersion" | "secureContext"
  > {
  /** The name that the certificate must be for, and that the server is told. Default: the URL's. */
  readonly servername?: string;
  /**
   * The SHA-256 of the one certificate that is accepted, in hexadecimal digits (colons are skipped) or as 32 bytes. Who
   * signed it, until when and for which name does not matter then. Source: aiohttp `Fingerprint`.
   */
  readonly fingerprint?: string | Uint8Array;
  /** false: any certificate will do, as for `ssl: false`. */
  readonly rejectUnauthorized?: boolean;
}

/** `true`: certificates are checked against the ones Node trusts; `false`: not at all. Source: aiohttp `ssl`. */
export type Ssl = boolean | SslOptions;

/** What is made of the options of one handshake. */
export interface SecureTarget {
  readonly hostname: string;
  readonly ssl: Ssl;
  /** "h2" and "http/1.1", as they are to be offered. */
  readonly protocols: readonly string[];
  /** To take up again. */
  readonly session: Buffer | undefined;
  readonly onSession: ((session: Buffer) => void) | null;
}

/** Loaded with the first connection that needs it: that takes some milliseconds. */
const tls = () => process.getBuiltinModule("node:tls");

/** Making one costs milliseconds if `ca` is long, so it is kept as long as its options. */
const contexts = new WeakMap<SslOptions, SecureContext>();

/** A certificate was not accepted. `certificateError` is Node's code for why. */
export class Untrusted extends Error {
  readonly certificateError: string;

  constructor(cause: Error, certificateError: string) {
    super(cause.message, { cause });
    this.certificateError = certificateError;
  }
}

/** Makes a connection a secure one. Closes it when it fails, or is cancelled. */
export function* secure(raw: Socket, target: SecureTarget, attempt: Attempt): Coroutine<TLSSocket> {
  const secured = attempt.loop.createFuture<TLSSocket>();
  const { servername, fingerprint, ...options } = optionsOf(target);
  const socket = tls().connect({ ...options, socket: raw, servername });
  socket.on("error", (error) => {
    const why = socket.authorizationError as string | Error | undefined;
    if (secured.done()) return;
    secured.setException(why ? new Untrusted(error, String(why)) : error);
  });
  socket.once("secureConnect", () => {
    if (!secured.done()) secured.setResult(socket);
  });
  socket.once("close", () => {
    if (!secured.done()) secured.setException(new Error("the connection was closed during the TLS handshake"));
  });
  const { onSession } = target;
  if (onSession !== null) socket.on("session", onSession);
  try {
    yield* attempt.wait(secured);
    if (fingerprint !== undefined) checkFingerprint(socket, fingerprint, attempt);
  } catch (error) {
    socket.destroy();
    raw.destroy();
    throw error;
  }
  return socket;
}

function optionsOf(target: SecureTarget): ConnectionOptions & { fingerprint: string | undefined } {
  const { ssl, protocols, session, hostname } = target;
  const given: SslOptions = typeof ssl === "object" ? ssl : { rejectUnauthorized: ssl };
  const { fingerprint, servername = hostname, rejectUnauthorized = fingerprint === undefined } = given;
  return {
    // An address is no name to tell the server, but Node checks the certificate for it.
    servername: isName(servername) ? servername : "",
    host: servername,
    rejectUnauthorized,
    ALPNProtocols: [...protocols],
    ...(session === undefined ? null : { session }),
    ...(typeof ssl === "object" ? { secureContext: contextOf(ssl) } : null),
    fingerprint: fingerprint === undefined ? undefined : digits(fingerprint),
  };
}

function contextOf(options: SslOptions): SecureContext {
  let context = options.secureContext ?? contexts.get(options);
  if (context === undefined) {
    const { ca, cert, key, passphrase, pfx, ciphers, minVersion, maxVersion } = options;
    context = tls().createSecureContext({ ca, cert, key, passphrase, pfx, ciphers, minVersion, maxVersion });
    contexts.set(options, context);
  }
  return context;
}

function isName(host: string): boolean {
  return !host.includes(":") && !/^[\d.]+$/.test(host);
}

function checkFingerprint(socket: TLSSocket, expected: string, attempt: Attempt): void {
  const got = digits(socket.getPeerX509Certificate()?.fingerprint256 ?? "");
  if (got !== expected) throw new ServerFingerprintMismatch(attempt.subject, attempt.phase, expected, got);
}

/** @throws RangeError for what is no SHA-256 */
function digits(fingerprint: string | Uint8Array): string {
  const hex =
    typeof fingerprint === "string" ? fingerprint.replaceAll(":", "") : Buffer.from(fingerprint).toString("hex");
  if (/^[\da-f]{64}$/i.test(hex)) return hex.toLowerCase();
  throw new RangeError(`Expected \`ssl.fingerprint\` to be a SHA-256, 64 hexadecimal digits or 32 bytes, got "${hex}"`);
}

/** By the options they are made of, so that the connections of these are found again. */
const anonymous = new WeakMap<SslOptions, SslOptions>();

/** Whether it tells servers who we are. */
export function hasIdentity(ssl: Ssl | undefined): ssl is SslOptions {
  if (typeof ssl !== "object") return false;
  return ssl.cert !== undefined || ssl.key !== undefined || ssl.pfx !== undefined || ssl.secureContext !== undefined;
}

/** `ssl` without what tells servers who we are; the same object each time. */
export function withoutIdentity(ssl: Ssl): Ssl {
  if (!hasIdentity(ssl)) return ssl;
  let others = anonymous.get(ssl);
  if (others === undefined) {
    const { cert: _, key: __, pfx: ___, passphrase: ____, secureContext: _____, ...kept } = ssl;
    others = kept;
    anonymous.set(ssl, others);
  }
  return others;
}

/** `ssl` for a connection to a proxy: what is about the server behind it left out. */
export function sslOfProxy(ssl: Ssl): Ssl {
  if (typeof ssl !== "object" || (ssl.fingerprint === undefined && ssl.servername === undefined)) return ssl;
  const { fingerprint: _, servername: __, ...others } = ssl;
  return others;
}

/** @throws RangeError for a fingerprint that is none */
export function checkSsl(ssl: Ssl): Ssl {
  if (typeof ssl === "object" && ssl.fingerprint !== undefined) digits(ssl.fingerprint);
  return ssl;
}
