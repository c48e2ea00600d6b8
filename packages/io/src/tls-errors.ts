/** What is wrong with a TLS handshake, for people. */
import type { PeerCertificate } from "node:tls";
import { SSLCertVerificationError } from "./errors.ts";
import { isOsError, osError } from "./os-errors.ts";

/** What Node's codes say of the other end's certificate. */
const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "is signed by an authority that is self-signed, and not among those trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "is signed by an authority that it does not bring along, and that is not trusted",
  UNABLE_TO_GET_ISSUER_CERT: "is signed by an authority that is not known",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "is signed by an authority that is not trusted",
  CERT_HAS_EXPIRED: "has expired",
  CERT_NOT_YET_VALID: "is not valid yet",
  CERT_REVOKED: "was revoked",
  CERT_REJECTED: "was rejected",
  CERT_UNTRUSTED: "is not trusted",
  CERT_SIGNATURE_FAILURE: "has a wrong signature",
  CERT_CHAIN_TOO_LONG: "has too long a chain of authorities",
  INVALID_CA: "is signed by what may not sign certificates",
  INVALID_PURPOSE: "is not for this purpose",
  HOSTNAME_MISMATCH: "is for another host",
};

const SIGNED_BY_STRANGERS = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

interface TlsNodeError extends Error {
  readonly code?: unknown;
  readonly cert?: PeerCertificate;
  readonly reason?: unknown;
}

/** The error to throw for one that a handshake failed with; what is no error of the handshake stays as it is. */
export function tlsError(error: unknown, name: string, what: string): unknown {
  const { code, cert, reason } = (error ?? {}) as Partial<TlsNodeError>;
  if (typeof code !== "string" || !(error instanceof Error)) return error;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const others = cert?.subjectaltname ?? `the name ${cert?.subject?.CN ?? "of nobody"}`;
    const message = `${what}: the certificate is not for ${JSON.stringify(name)} but for ${others}; connect by that name, or name it by \`serverHostname\``;
    return new SSLCertVerificationError(message, { cause: error, code });
  }
  const fault = CERTIFICATE_FAULTS[code];
  if (fault !== undefined) {
    const who = name === "" ? "the other end" : JSON.stringify(name);
    const advice = SIGNED_BY_STRANGERS.has(code)
      ? "; if you trust it, give its authority by `ssl: { ca: readFileSync(…) }`"
      : "";
    return new SSLCertVerificationError(`${what}: the certificate of ${who} ${fault} (${code})${advice}`, {
      cause: error,
      code,
    });
  }
  if (code === "ECONNRESET") {
    return osError(Object.assign(new Error("closed", { cause: error }), { code }), `${what}: TLS handshake`);
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return osError(error, `${what}: TLS handshake: what came is not TLS; does it speak plain text on this port?`);
  }
  return isOsError(error) || typeof reason === "string" ? osError(error, `${what}: TLS handshake`) : error;
}
