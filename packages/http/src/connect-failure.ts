import { isCancelled } from "yieldfrom";
import {
  ClientConnectorCertificateError,
  ClientConnectorDNSError,
  ClientConnectorSSLError,
  ClientProxyConnectionError,
} from "./connector-errors.ts";
import { ClientConnectorError, ClientError, type Phase, type Subject, systemCode } from "./errors.ts";
import type { Host } from "./hosts.ts";
import { Untrusted } from "./ssl.ts";

/** What a trace callback threw: the caller's, and thrown as it is. */
export class CallbackFailure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** What was being done for a connection. */
export type Step =
  | "resolving"
  | "resolving for the proxy"
  | "connecting"
  | "securing the proxy"
  | "opening the tunnel"
  | "securing";

/** The public error for what a step failed with, which becomes its cause. A cancellation is left as it is. */
export function connectFailure(cause: unknown, step: Step, host: Host, subject: Subject): unknown {
  if (cause instanceof CallbackFailure) return cause.error;
  if (cause instanceof ClientError || !(cause instanceof Error) || isCancelled(cause)) return cause;
  const phase: Phase = "connecting";
  const options = { cause };
  const { proxy } = host;
  if (proxy !== null && step !== "securing" && step !== "resolving for the proxy") {
    const what = step === "opening the tunnel" ? "failed to open a tunnel" : "could not be reached";
    return new ClientProxyConnectionError(
      subject,
      phase,
      `the proxy ${proxy.url} ${what}: ${whatHappened(cause)}`,
      proxy.url,
      options,
    );
  }
  if (step === "resolving" || step === "resolving for the proxy") {
    const what = `the name ${host.hostname} could not be resolved: ${whatHappened(cause)}`;
    return new ClientConnectorDNSError(subject, phase, what, options);
  }
  if (cause instanceof Untrusted) {
    const { certificateError, message } = cause;
    // Newer versions of Node have advice of their own after a semicolon.
    const why = message.split(";", 1)[0];
    const what = `the server's certificate is not trusted: ${why}${advice(certificateError, cause.cause)}`;
    return new ClientConnectorCertificateError(subject, phase, what, certificateError, { cause: cause.cause });
  }
  if (step === "securing" && !isReset(cause)) {
    const { reason } = cause as { reason?: string }; // OpenSSL's message has more lines than sense.
    const hint = NO_TLS.test(reason ?? "") ? "; what answers there is not TLS, it may want http" : "";
    const what = `TLS could not be agreed upon with ${host.serverHostname}:${host.port}: ${reason ?? whatHappened(cause)}${hint}`;
    return new ClientConnectorSSLError(subject, phase, what, options);
  }
  return new ClientConnectorError(subject, phase, `no connection could be made: ${whatHappened(cause)}`, options);
}

const NO_TLS = /wrong version number|packet length too long|unknown protocol/;

function isReset(error: Error): boolean {
  const code = systemCode(error);
  return code === "ECONNRESET" || code === "EPIPE" || code === "ETIMEDOUT";
}

const UNKNOWN_ISSUER =
  "; if you trust who signed it, name that certificate by `ssl: { ca: pem }`, or this one alone by `ssl: { fingerprint: sha256 }`";

function advice(code: string, error: unknown): string {
  switch (code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID": {
      const { cert } = error as { cert?: { subjectaltname?: string } };
      const names = cert?.subjectaltname ?? "";
      const known = names === "" ? "" : ` (it is for ${names})`;
      return `${known}; request the name it is for, or write \`ssl: { servername: "that name" }\``;
    }
    case "CERT_HAS_EXPIRED":
      return "; its owner has to renew it, and until then `ssl: { fingerprint: sha256 }` accepts this one alone";
    case "CERT_NOT_YET_VALID":
      return "; look whether this machine's clock is right";
    default:
      return UNKNOWN_ISSUER;
  }
}

/** Trying several addresses fails with an AggregateError whose own message is empty. */
export function whatHappened(error: Error): string {
  const first = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
  const { message } = first as Error;
  return message === "" ? systemCode(error) || error.name : message;
}
