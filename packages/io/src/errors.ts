/**
 * What can go wrong with connections. `code` is stable and meant to be matched on: of an OSError it is the one Node and the
 * operating system use ("ECONNRESET"). Messages are for people.
 */
import { RuntimeError } from "yieldfrom";

/** What an OSError knows besides its message. */
export interface OSErrorFacts extends ErrorOptions {
  /** The operating system's name of the error. */
  readonly code?: string | undefined;
  /** The number the operating system gives it, negative as in Node. */
  readonly errno?: number | undefined;
  /** The system call that failed, "connect" for instance. */
  readonly syscall?: string | undefined;
  /** The host or path that was spoken to. */
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/**
 * The operating system refused something. Source: Python's `OSError`, of which its subclasses are told apart by
 * `code`; so `instanceof ConnectionRefusedError` and `code === "ECONNREFUSED"` say the same.
 */
export class OSError extends Error {
  override readonly name: string = "OSError";
  readonly code: string;
  readonly errno: number | undefined;
  readonly syscall: string | undefined;
  readonly address: string | undefined;
  readonly port: number | undefined;

  constructor(message: string, facts: OSErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code ?? "EIO";
    this.errno = facts.errno;
    this.syscall = facts.syscall;
    this.address = facts.address;
    this.port = facts.port;
  }
}

/** A connection failed. Source: Python's `ConnectionError`. */
export class ConnectionError extends OSError {
  override readonly name: string = "ConnectionError";
}

/** The other end cut the connection off, or it is lost for some other reason. Source: Python's. */
export class ConnectionResetError extends ConnectionError {
  override readonly name = "ConnectionResetError";

  constructor(message: string, facts: OSErrorFacts = {}) {
    super(message, { ...facts, code: facts.code ?? "ECONNRESET" });
  }
}

/** Nobody listens there. Source: Python's. */
export class ConnectionRefusedError extends ConnectionError {
  override readonly name = "ConnectionRefusedError";

  constructor(message: string, facts: OSErrorFacts = {}) {
    super(message, { ...facts, code: facts.code ?? "ECONNREFUSED" });
  }
}

/** The connection was given up on this side, or before it was there. Source: Python's. */
export class ConnectionAbortedError extends ConnectionError {
  override readonly name = "ConnectionAbortedError";

  constructor(message: string, facts: OSErrorFacts = {}) {
    super(message, { ...facts, code: facts.code ?? "ECONNABORTED" });
  }
}

/** The other end does not read any more. Source: Python's. */
export class BrokenPipeError extends ConnectionError {
  override readonly name = "BrokenPipeError";

  constructor(message: string, facts: OSErrorFacts = {}) {
    super(message, { ...facts, code: facts.code ?? "EPIPE" });
  }
}

/** There is no such file, or nobody has made that Unix socket. Source: Python's. */
export class FileNotFoundError extends OSError {
  override readonly name = "FileNotFoundError";

  constructor(message: string, facts: OSErrorFacts = {}) {
    super(message, { ...facts, code: facts.code ?? "ENOENT" });
  }
}

/** The operating system does not allow it: a port below 1024, a Unix socket of someone else. Source: Python's. */
export class PermissionError extends OSError {
  override readonly name = "PermissionError";

  constructor(message: string, facts: OSErrorFacts = {}) {
    super(message, { ...facts, code: facts.code ?? "EACCES" });
  }
}

/** A host name has no address, or nobody could be asked. Source: Python's `socket.gaierror`. */
export class GaiError extends OSError {
  override readonly name = "GaiError";
}

/** TLS failed. `code` is Node's, "ERR_SSL_WRONG_VERSION_NUMBER" for instance. Source: Python's `ssl.SSLError`. */
export class SSLError extends OSError {
  override readonly name: string = "SSLError";
}

/** The other end's certificate was not accepted; `code` says why. Source: Python's `ssl.SSLCertVerificationError`. */
export class SSLCertVerificationError extends SSLError {
  override readonly name = "SSLCertVerificationError";
}

/** A line is longer than the reader's `limit`. It was dropped. Source: asyncio, where it is a plain `ValueError`. */
export class LineTooLongError extends RangeError {
  override readonly name = "LineTooLongError";
  readonly code = "ERR_LINE_TOO_LONG";
}

/** The operating system can't send this file on this connection by itself. Source: asyncio. */
export class SendfileNotAvailableError extends RuntimeError {
  override readonly name = "SendfileNotAvailableError";
  override readonly code = "ERR_SENDFILE_NOT_AVAILABLE";
}
