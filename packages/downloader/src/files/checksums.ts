/** Checksums: how they are written, computed and compared. */
import type { Hash } from "node:crypto";
import { DownloadError } from "../errors.ts";
import { printable, quoted } from "../names/printable.ts";

/** Bytes of each algorithm's value. */
const LENGTHS = { sha256: 32, sha512: 64, sha384: 48, sha224: 28, sha1: 20, md5: 16 } as const;

export type Algorithm = keyof typeof LENGTHS;

/** What a file must come to. */
export interface Checksum {
  readonly algorithm: Algorithm;
  /** Hexadecimal, in lower case. */
  readonly value: string;
}

/** A file's bytes are not those that were promised. */
export class ChecksumError extends DownloadError {
  override readonly name = "ChecksumError";
  readonly expected: Checksum;
  readonly got: Checksum;

  constructor(file: string, expected: Checksum, got: Checksum) {
    super("ERR_CHECKSUM", `${quoted(file)} has ${checksumText(got)}, and should have ${checksumText(expected)}`);
    this.expected = expected;
    this.got = got;
  }
}

/**
 * A checksum as lists have it: `sha256=` or `sha-256=` and hexadecimal digits, or base64. Also sha512, sha384, sha224, sha1 and md5.
 * @throws DownloadError `ERR_CHECKSUM_FORM`
 */
export function parseChecksum(text: string): Checksum {
  const [, name = "", digits = ""] = /^\s*([a-z0-9-]+)=(\S+)\s*$/i.exec(text) ?? [];
  const algorithm = name.toLowerCase().replace(/^sha-/, "sha");
  if (!isAlgorithm(algorithm)) {
    const known = Object.keys(LENGTHS).join(" ");
    throw wrong(text, name === "" ? "has not the form sha256=DIGITS" : `is of an unknown kind: there are ${known}`);
  }
  const value = hexOf(digits, LENGTHS[algorithm]);
  if (value === null) throw wrong(text, `has not the ${LENGTHS[algorithm] * 2} hexadecimal digits of ${algorithm}`);
  return { algorithm, value };
}

/** `sha256=…` */
export function checksumText({ algorithm, value }: Checksum): string {
  return `${algorithm}=${value}`;
}

/** Computes checksums of bytes as they come. */
export class Hashing {
  private readonly _hashes = new Map<Algorithm, Hash>();

  constructor(algorithms: Iterable<Algorithm>) {
    for (const algorithm of algorithms) this._hashes.set(algorithm, crypto().createHash(algorithm));
  }

  update(chunk: Uint8Array): void {
    for (const each of this._hashes.values()) each.update(chunk);
  }

  /** The checksums of all that came. Nothing may come after that. */
  end(): Checksum[] {
    return Array.from(this._hashes, ([algorithm, each]) => ({ algorithm, value: each.digest("hex") }));
  }
}

/** The checksums of a body that is there. */
export function checksumsOf(chunks: readonly Uint8Array[], algorithms: Iterable<Algorithm>): Checksum[] {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) {
    return Array.from(algorithms, (algorithm) => ({ algorithm, value: crypto().hash(algorithm, only, "hex") }));
  }
  const hashing = new Hashing(algorithms);
  for (const chunk of chunks) hashing.update(chunk);
  return hashing.end();
}

/**
 * Compares what was computed with what should be.
 * @param file its name, for the message
 * @throws ChecksumError for the first that differs
 */
export function compareChecksums(file: string, expected: readonly Checksum[], got: readonly Checksum[]): void {
  for (const each of expected) {
    const computed = got.find(({ algorithm }) => algorithm === each.algorithm);
    if (computed === undefined) throw new TypeError(`No ${each.algorithm} was computed of ${printable(file)}`);
    if (computed.value !== each.value) throw new ChecksumError(file, each, computed);
  }
}

/** Loaded when it is needed: that takes longer than many a download. */
function crypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}

function isAlgorithm(text: string): text is Algorithm {
  return Object.hasOwn(LENGTHS, text);
}

/** Hexadecimal digits of digits or base64 that say so many bytes; else `null`. */
export function hexOf(text: string, bytes: number): string | null {
  if (text.length === bytes * 2 && /^[0-9a-f]+$/i.test(text)) return text.toLowerCase();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  const decoded = Buffer.from(text, "base64");
  return decoded.length === bytes && decoded.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "")
    ? decoded.toString("hex")
    : null;
}

function wrong(text: string, problem: string): DownloadError {
  return new DownloadError("ERR_CHECKSUM_FORM", `The checksum ${quoted(text)} ${problem}`);
}
