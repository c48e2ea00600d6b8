import type { Phase } from "./errors.ts";
import type { Ssl } from "./ssl.ts";

/** How many connections may be in use, how long they are kept, and whom they trust. Source: aiohttp `BaseConnector`. */
export interface BaseConnectorOptions {
  /** To all hosts together; 0 for no limit. Default: 100. */
  readonly limit?: number;
  /** To one host, which is scheme, name, port and the way there; 0 for no limit. Default: 0. */
  readonly limitPerHost?: number;
  /**
   * Milliseconds that a connection nobody uses is kept; a server may say less in `Keep-Alive`. It keeps no process alive
   * meanwhile. Default: 15000.
   */
  readonly keepaliveTimeout?: number;
  /** Whether each connection serves one request only. Default: false. */
  readonly forceClose?: boolean;
  /** How https servers are checked. Default: true. */
  readonly ssl?: Ssl;
  /** Whether HTTP/2 is offered to https servers; those that do not speak it get HTTP/1.1. Default: false. */
  readonly http2?: boolean;
}

/** Until when a connection is wanted, in loop time. */
export interface ConnectDeadline {
  readonly when: number | null;
  late(phase: Phase, cause: unknown): Error;
  /** Milliseconds for making a new one. */
  readonly sockConnect: number | null;
}

/** @throws RangeError for a limit that is none */
export function wholeNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value;
  throw new RangeError(`Expected \`${name}\` to be a whole number of at least 0 (0: no limit), got ${value}`);
}
