import type { Readable } from "node:stream";
import type { Coroutine } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import { ByteStream } from "./byte-stream.ts";
import { LineSplitter } from "./line-splitter.ts";

/** The kind of a checksum tells by its hexadecimal digits. */
const KINDS: Readonly<Record<number, string>> = {
  32: "md5",
  40: "sha1",
  56: "sha224",
  64: "sha256",
  96: "sha384",
  128: "sha512",
};

const GNU = /^(\\?)([0-9a-f]+) [ *]?(.+)$/i;
/** Also as `openssl dgst` writes it. */
const BSD = /^(\\?)(?:MD5|SHA-?1|SHA(?:2-)?(?:224|256|384|512)) ?\((.+)\) ?= ?([0-9a-f]+)$/i;

const SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE = "-----BEGIN PGP SIGNATURE-----";

/**
 * Reads a file of checksums: SHA256SUMS, SHA512SUMS, md5sums, in the forms of GNU coreutils (`HEX  name`, `HEX *name`) and
 * BSD (`SHA256 (name) = HEX`), signed (its signature is not verified) or not.
 * @param name what the file is called in errors
 * @returns checksums by names, `sha256=…`; the longest, if a name has several
 * @throws DownloadError `ERR_CHECKSUM_LIST` for a line that is no checksum, and for one that says otherwise than an earlier
 *   one; `ERR_LIST` if it can't be read
 */
export function* readChecksums(
  source: Readable | AsyncIterable<Uint8Array>,
  name: string,
): Coroutine<Map<string, string>> {
  using bytes = new ByteStream(source, name);
  const lines = new LineSplitter();
  const list = new ChecksumList(name);
  for (;;) {
    const chunk = yield* bytes.next();
    if (chunk === null) lines.end();
    else lines.push(chunk);
    for (let line = lines.next(); line !== null; line = lines.next()) list.line(line, lines.number);
    if (chunk === null) return list.checksums;
  }
}

class ChecksumList {
  readonly checksums = new Map<string, string>();
  private readonly _name: string;
  /** In a signed file: what comes before the text, the text, and the signature behind it. */
  private _part: "text" | "head" | "signature" = "text";

  constructor(name: string) {
    this._name = name;
  }

  line(line: string, number: number): void {
    if (line === SIGNED) this._part = "head";
    else if (line === SIGNATURE) this._part = "signature";
    else if (this._part !== "text") {
      if (line === "" && this._part === "head") this._part = "text";
    } else if (line.trim() !== "" && !line.startsWith("#")) this._entry(line, number);
  }

  private _entry(line: string, number: number): void {
    const [, isEscaped, written = "", digits = ""] = BSD.exec(line) ?? swapped(GNU.exec(line)) ?? [];
    const kind = KINDS[digits.length];
    if (kind === undefined) {
      throw this._error(number, "is no checksum of a file: expected hexadecimal digits and a name");
    }
    const name = (isEscaped ? unescaped(written) : written).replace(/^(\.\/+)+/, "");
    const before = this.checksums.get(name);
    const checksum = `${kind}=${digits.toLowerCase()}`;
    if (before?.startsWith(`${kind}=`) && before !== checksum) {
      throw this._error(number, "has another checksum for a name than a line before it");
    }
    if (before === undefined || digits.length > before.length - before.indexOf("=") - 1) {
      this.checksums.set(name, checksum);
    }
  }

  private _error(number: number, what: string): DownloadError {
    return new DownloadError("ERR_CHECKSUM_LIST", `${this._name}:${number} ${what}`);
  }
}

function swapped(match: RegExpExecArray | null): (string | undefined)[] | undefined {
  return match === null ? undefined : [match[0], match[1], match[3], match[2]];
}

/** As `sha256sum` escapes names. */
function unescaped(name: string): string {
  return name.replace(/\\([\\nr])/g, (_, letter: string) => (letter === "n" ? "\n" : letter === "r" ? "\r" : "\\"));
}
