/** Addresses as asyncio has them, and asking for them. */
import { promises as dns, type LookupAddress } from "node:dns";
import { isIP, isIPv6, type Socket } from "node:net";
import { type Coroutine, coroutine, from } from "yieldfrom";
import { GaiError } from "./errors.ts";
import { hostLoop } from "./host-loop.ts";
import { isOsError, osError } from "./os-errors.ts";
import type { Address } from "./protocols.ts";

/** An address that a host name stands for. */
export interface AddressInfo {
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
}

/** Which addresses are wanted. */
export interface AddressOptions {
  /** 4 or 6; 0, the default, for both. */
  readonly family?: 0 | 4 | 6 | undefined;
  /** Flags for the lookup, as `dns.ADDRCONFIG`. */
  readonly flags?: number | undefined;
}

/**
 * The addresses of a host, in the order in which they should be tried; an IP address is its own. Cancelling it
 * leaves the lookup to itself. Source: asyncio `getaddrinfo`.
 * @param host a name or an address
 * @throws GaiError if the host has none
 */
export function getAddrInfo(host: string, port: number, options: AddressOptions = {}): Coroutine<AddressInfo[]> {
  return addressesOf(host, port, options);
}

const addressesOf = coroutine(function* getAddrInfo(
  host: string,
  port: number,
  { family = 0, flags = 0 }: AddressOptions,
): Coroutine<AddressInfo[]> {
  hostLoop("getAddrInfo");
  const literal = isIP(host);
  if (literal !== 0 && (family === 0 || family === literal)) {
    return [{ family: literal as 4 | 6, address: host, port }];
  }
  let found: LookupAddress[];
  try {
    found = yield* from(dns.lookup(host, { all: true, family, hints: flags, order: "verbatim" }));
  } catch (error) {
    if (!isOsError(error)) throw error;
    const { code = "", message } = error as NodeJS.ErrnoException;
    const why = code === "ENOTFOUND" ? "the name is not known" : message;
    throw new GaiError(`the host ${JSON.stringify(host)} has no address: ${why} (${code})`, {
      cause: error,
      code,
      address: host,
    });
  }
  return found.map(({ address, family: found }) => ({ family: found as 4 | 6, address, port }));
});

/**
 * The name of a host and of a service, by address and port. Source: asyncio `getnameinfo`.
 * @throws OSError if they have none
 */
export function getNameInfo(
  address: readonly [host: string, port: number],
): Coroutine<[host: string, service: string]> {
  return namesOf(address);
}

const namesOf = coroutine(function* getNameInfo([host, port]: readonly [string, number]): Coroutine<[string, string]> {
  hostLoop("getNameInfo");
  try {
    const { hostname, service } = yield* from(dns.lookupService(host, port));
    return [hostname, service];
  } catch (error) {
    throw !isOsError(error) ? error : osError(error, `getNameInfo() of ${formatAddress([host, port])}`);
  }
});

/**
 * An address to be read, as it is written in URLs: "127.0.0.1:8080", "[::1]:8080", "example.org:80", or the path of a Unix
 * socket. One that has no path is "(unnamed)", and `undefined` "(unknown)": it takes what `getExtraInfo("peername")` gives.
 */
export function formatAddress(address: Address | undefined): string {
  if (address === undefined) return "(unknown)";
  if (typeof address === "string") return address === "" ? "(unnamed)" : address;
  const [host, port] = address;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The two ends of a connected socket. `path` is that of a Unix socket; the end that listens has it. */
export function endsOf(
  socket: Socket,
  path: string | null,
  isServer: boolean,
): { sockname: Address; peername: Address } {
  if (path !== null) return isServer ? { sockname: path, peername: "" } : { sockname: "", peername: path };
  return {
    sockname: [socket.localAddress ?? "", socket.localPort ?? 0],
    peername: [socket.remoteAddress ?? "", socket.remotePort ?? 0],
  };
}
