import { isIPv6 } from "node:net";
import type { Address } from "@yieldfrom/io";

/** An address to be read: `127.0.0.1:2323`, `[::1]:2323`, or the path of a Unix socket. */
export function addressText(address: Address): string {
  if (typeof address === "string") return address;
  const [host, port] = address;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
