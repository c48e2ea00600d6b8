import { errors } from "undici";
import {
  ClientConnectorCertificateError,
  ClientConnectorDNSError,
  ClientConnectorError,
  ClientConnectorSSLError,
  ClientPayloadError,
  type Phase,
  ServerDisconnectedError,
  ServerProtocolError,
  type Subject,
  systemCode,
} from "./errors.ts";

/** What was under way when undici reported an error. */
export interface Circumstances extends Subject {
  readonly phase: Phase;
  /** The connection had served other requests. */
  readonly reused: boolean;
  /** Bytes of the body that came, and how many the server had promised. */
  readonly received: number;
  readonly promised: number | undefined;
}

/** The public error for one of undici's, which becomes its cause. */
export function failureOf(cause: Error, circumstances: Circumstances): Error {
  const { phase } = circumstances;
  const code = systemCode(cause);
  const options = { cause };
  switch (code) {
    case "UND_ERR_INVALID_ARG":
      return new TypeError(`${circumstances.method} ${circumstances.url}: ${cause.message}`, options);
    case "UND_ERR_HEADERS_OVERFLOW":
      return new ServerProtocolError(circumstances, phase, "the response's headers are too large", options);
    case "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH":
      return new ClientPayloadError(circumstances, phase, "`data` is not as long as its Content-Length says", options);
  }
  if (phase === "connecting" && !circumstances.reused) {
    const Kind = kindOfConnectorError(cause);
    return new Kind(circumstances, phase, `no connection could be made: ${whatHappened(cause)}`, options);
  }
  if (phase === "reading the body") {
    const { received, promised } = circumstances;
    const came = promised === undefined ? `${received} bytes` : `${received} of ${promised} bytes`;
    const what = cause instanceof errors.HTTPParserError ? "the body is malformed" : "the body ended early";
    return new ClientPayloadError(circumstances, phase, `${what} after ${came}: ${whatHappened(cause)}`, options);
  }
  if (isNoHttp(cause, code)) {
    return new ServerProtocolError(circumstances, phase, `the answer is not HTTP: ${whatHappened(cause)}`, options);
  }
  const what = `the server closed the connection: ${whatHappened(cause)}`;
  return new ServerDisconnectedError(circumstances, phase, what, options);
}

/** Whether the head of the answer is to blame, and not a lost connection. */
function isNoHttp(error: Error, code: string): boolean {
  if (error instanceof errors.HTTPParserError) return true;
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") return true; // Two of them in one head.
  return code === "UND_ERR_SOCKET" && error.message.startsWith("bad "); // "bad upgrade", "bad response"
}

/** What OpenSSL calls the ways in which a certificate may be no good; Node makes them the errors' codes. */
const CERTIFICATE = /CERT|ISSUER|SIGNATURE|^CRL_|^INVALID_(CA|PURPOSE)$|^HOSTNAME_MISMATCH$|^PATH_LENGTH_EXCEEDED$/;
const TLS = /^(ERR_SSL_|ERR_TLS_|EPROTO$)/;

/** Which error it is that no connection could be made, by the code of the reason. */
function kindOfConnectorError(cause: Error): typeof ClientConnectorError {
  const code = systemCode(cause);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return ClientConnectorCertificateError;
  if (TLS.test(code)) return ClientConnectorSSLError;
  if (CERTIFICATE.test(code)) return ClientConnectorCertificateError;
  return (cause as { syscall?: unknown }).syscall === "getaddrinfo" ? ClientConnectorDNSError : ClientConnectorError;
}

/** Trying several addresses fails with an AggregateError whose own message is empty. */
function whatHappened(error: Error): string {
  const first = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
  const { message } = first as Error;
  return message === "" ? systemCode(error) || error.name : message;
}
