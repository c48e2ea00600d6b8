/** Checksums that a server sends along. Source: RFC 9530. */
import { type Checksum, hexOf } from "./checksums.ts";

/** Of a response, as its headers have them. */
export interface DigestFacts {
  readonly status: number;
  readonly contentEncoding?: string | null;
  readonly contentDigest?: string | null;
  readonly reprDigest?: string | null;
}

/** Strongest first. The others that RFC 9530 has are no protection, and not to be relied on. */
const KNOWN = [
  { field: "sha-512", algorithm: "sha512", bytes: 64 },
  { field: "sha-256", algorithm: "sha256", bytes: 32 },
] as const;

/**
 * The checksum of the whole file that a response promises; `null` if it promises none. `Repr-Digest` is of the whole file also
 * in a 206; `Content-Digest` is of what the message holds, so of the whole file in a 200 only. Both are of the coded bytes
 * where there is a coding.
 */
export function promisedChecksum({ status, contentEncoding, contentDigest, reprDigest }: DigestFacts): Checksum | null {
  if (typeof contentEncoding === "string" && !/^(?:identity)?$/i.test(contentEncoding.trim())) return null;
  if (status !== 200 && status !== 206) return null;
  return strongest(reprDigest) ?? (status === 200 ? strongest(contentDigest) : null);
}

/** A dictionary of byte sequences (RFC 9651): `sha-256=:BASE64:, sha-512=:BASE64:`. The last of a key counts. */
function strongest(header: string | null | undefined): Checksum | null {
  if (typeof header !== "string") return null;
  const members = new Map<string, string>();
  for (const member of header.split(",")) {
    const [, key, base64] =
      /^[ \t]*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):(?:[ \t]*;[^,]*)?[ \t]*$/.exec(member) ?? [];
    if (key === undefined || base64 === undefined) return null;
    members.set(key, base64);
  }
  for (const { field, algorithm, bytes } of KNOWN) {
    const base64 = members.get(field);
    if (base64 === undefined) continue;
    const value = hexOf(base64, bytes);
    if (value !== null) return { algorithm, value };
  }
  return null;
}
