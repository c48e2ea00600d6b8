/** What can go wrong before a connection is there: names, addresses, certificates and proxies. */
import {
  ClientConnectorError,
  ClientResponseError,
  ClientSSLError,
  type Phase,
  type ResponseFacts,
  ServerConnectionError,
  type Subject,
} from "./errors.ts";

/** A host name could not be resolved. Source: aiohttp `ClientConnectorDNSError`. */
export class ClientConnectorDNSError extends ClientConnectorError {
  override readonly name = "ClientConnectorDNSError";
  override readonly code = "ERR_CLIENT_CONNECTOR_DNS";
}

/** TLS could not be agreed upon, though the certificate is not to blame. Source: aiohttp `ClientConnectorSSLError`. */
export class ClientConnectorSSLError extends ClientSSLError {
  override readonly name = "ClientConnectorSSLError";
  override readonly code = "ERR_CLIENT_CONNECTOR_SSL";
}

/**
 * The server's certificate is not trusted: for another name, expired, or signed by nobody we know. `certificateError` is
 * Node's code, `"DEPTH_ZERO_SELF_SIGNED_CERT"` for instance. Source: aiohttp `ClientConnectorCertificateError`.
 */
export class ClientConnectorCertificateError extends ClientSSLError {
  override readonly name = "ClientConnectorCertificateError";
  override readonly code = "ERR_CLIENT_CONNECTOR_CERTIFICATE";
  readonly certificateError: string;

  constructor(subject: Subject, phase: Phase, what: string, certificateError: string, options?: ErrorOptions) {
    super(subject, phase, what, options);
    this.certificateError = certificateError;
  }
}

/** The server's certificate is not the one whose fingerprint was given. Source: aiohttp `ServerFingerprintMismatch`. */
export class ServerFingerprintMismatch extends ServerConnectionError {
  override readonly name = "ServerFingerprintMismatch";
  override readonly code = "ERR_SERVER_FINGERPRINT_MISMATCH";
  /** SHA-256 of the certificate that was wanted, in hexadecimal digits without colons. */
  readonly expected: string;
  /** That of the one the server showed. */
  readonly got: string;

  constructor(subject: Subject, phase: Phase, expected: string, got: string) {
    super(subject, phase, `the server's certificate has the SHA-256 fingerprint ${got}, not ${expected}`);
    this.expected = expected;
    this.got = got;
  }
}

/** A Unix socket could not be connected to. Source: aiohttp `UnixClientConnectorError`. */
export class UnixClientConnectorError extends ClientConnectorError {
  override readonly name = "UnixClientConnectorError";
  override readonly code = "ERR_UNIX_CLIENT_CONNECTOR";
  /** The socket's path. */
  readonly path: string;

  constructor(subject: Subject, phase: Phase, what: string, path: string, options?: ErrorOptions) {
    super(subject, phase, what, options);
    this.path = path;
  }
}

/** The proxy could not be reached. Source: aiohttp `ClientProxyConnectionError`. */
export class ClientProxyConnectionError extends ClientConnectorError {
  override readonly name: string = "ClientProxyConnectionError";
  override readonly code: string = "ERR_CLIENT_PROXY_CONNECTION";
  /** The proxy's URL, without user name and password. */
  readonly proxy: string;

  constructor(subject: Subject, phase: Phase, what: string, proxy: string, options?: ErrorOptions) {
    super(subject, phase, what, options);
    this.proxy = proxy;
  }
}

/** Why a SOCKS proxy does not connect: its replies by the names of RFC 1928, and that it does not know who asks. */
export type SocksRefusal =
  | "authentication"
  | "general failure"
  | "not allowed"
  | "network unreachable"
  | "host unreachable"
  | "connection refused"
  | "TTL expired"
  | "command not supported"
  | "address type not supported";

/** A SOCKS proxy refused to connect. No counterpart in aiohttp, which knows no such proxies. */
export class ClientSocksProxyError extends ClientProxyConnectionError {
  override readonly name = "ClientSocksProxyError";
  override readonly code = "ERR_CLIENT_SOCKS_PROXY";
  readonly reason: SocksRefusal;

  constructor(subject: Subject, phase: Phase, what: string, proxy: string, reason: SocksRefusal) {
    super(subject, phase, what, proxy);
    this.reason = reason;
  }
}

/** The proxy refused to open a tunnel: 407, for instance. Source: aiohttp `ClientHttpProxyError`. */
export class ClientHttpProxyError extends ClientResponseError {
  override readonly name = "ClientHttpProxyError";
  override readonly code = "ERR_CLIENT_HTTP_PROXY";
  /** The proxy's URL, without user name and password. */
  readonly proxy: string;

  constructor(subject: Subject, response: ResponseFacts, what: string, proxy: string) {
    super(subject, response, what);
    this.proxy = proxy;
  }
}
