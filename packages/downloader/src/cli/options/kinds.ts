/** What the values of options look like: how they are read, and how errors, help and completion speak of them. */

/** A kind of value. */
export interface Kind<T> {
  /** Its place in the help: `--retries N`. */
  readonly name: string;
  /** What it takes, as an error goes on: `takes a whole number from 1`. */
  readonly takes: string;
  /** Gives `undefined` for what it does not take. */
  readonly read: (text: string) => T | undefined;
  /** What a shell completes. Nothing, if it is not there. */
  readonly complete?: "file" | "folder" | readonly string[];
  /** Whether it may hold secrets: errors do not show it. */
  readonly secret?: true;
}

export function text(name: string, takes: string): Kind<string> {
  return { name, takes, read: (given) => (given === "" ? undefined : given) };
}

export function file(name = "FILE", takes = "the path of a file"): Kind<string> {
  return { ...text(name, takes), complete: "file" };
}

export const folder: Kind<string> = { ...text("DIR", "the path of a folder"), complete: "folder" };

export function choice<const T extends string>(name: string, ...values: readonly T[]): Kind<T> {
  const takes = `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
  return { name, takes, read: (given) => values.find((value) => value === given), complete: values };
}

export function count(from: number): Kind<number> {
  return {
    name: "N",
    takes: `a whole number from ${from}`,
    read: (given) => {
      const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
      return Number.isSafeInteger(number) && number >= from ? number : undefined;
    },
  };
}

const SIZE = /^(\d+(?:\.\d+)?)(?:([kmgt])(ib?|b)?|b)?$/i;
const POWERS = "kmgt";

/**
 * Bytes. As in curl, wget and aria2, k M G T are powers of 1024; as in GNU's tools, kB MB GB TB are powers of 1000 and kiB
 * MiB GiB TiB of 1024.
 */
export const size: Kind<number> = {
  name: "SIZE",
  takes: "a number of bytes such as 500, 64k, 2M or 1.5G (of 1024), or 2MB (of 1000)",
  read: (given) => {
    const [, number, letter, unit] = SIZE.exec(given) ?? [];
    if (number === undefined) return undefined;
    const power = letter === undefined ? 0 : POWERS.indexOf(letter.toLowerCase()) + 1;
    const bytes = Math.round(Number(number) * (unit?.toLowerCase() === "b" ? 1000 : 1024) ** power);
    return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
  },
};

const TIME = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/;
const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** Timers of the host take no more. */
const LONGEST = 2 ** 31 - 1;

function milliseconds(given: string): number | undefined {
  const [, number, unit = "s"] = TIME.exec(given) ?? [];
  if (number === undefined) return undefined;
  const ms = Number(number) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  return ms <= LONGEST ? ms : undefined;
}

/** A time; milliseconds. */
export const time: Kind<number> = {
  name: "TIME",
  takes: "seconds such as 30 or 0.5, or a time such as 500ms, 2m or 1h, of 24 days at most",
  read: milliseconds,
};

/** A limit of time, of which 0 is none; milliseconds. */
export const timeout: Kind<number | null> = {
  ...time,
  takes: `${time.takes}; 0 for no limit`,
  read: (given) => {
    const ms = milliseconds(given);
    return ms === 0 ? null : ms;
  },
};

const RATE = /^(\d+)(?:\/(\d+)?([smhd]))?$/;
const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** So many in a time, as curl writes it; in a second. */
export const rate: Kind<number> = {
  name: "N/UNIT",
  takes: "a number in a time such as 10/s, 100/m, 1000/h or 3/10s",
  read: (given) => {
    const [, number, units = "1", unit = "s"] = RATE.exec(given) ?? [];
    const perSecond = Number(number) / (Number(units) * SECONDS[unit as keyof typeof SECONDS]);
    return Number.isFinite(perSecond) && perSecond > 0 ? perSecond : undefined;
  },
};

/** A header, or a file of them. */
export type HeaderArgument = { readonly name: string; readonly value: string } | { readonly file: string };

/** RFC 9110, sections 5.6.2 (token) and 5.5: no control characters but tabs, and bytes, not any characters. */
const HEADER = /^([!#$%&'*+.^_`|~\dA-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;

/** One header line, `Name: value`; `undefined` if it is none. */
export function readHeader(line: string): { readonly name: string; readonly value: string } | undefined {
  const [, name, value = ""] = HEADER.exec(line) ?? [];
  return name === undefined ? undefined : { name, value: value.trimEnd() };
}

export const header: Kind<HeaderArgument> = {
  name: "HEADER",
  secret: true,
  takes: '"Name: value", or @FILE with a header on each line',
  read: (given) => (given.length > 1 && given.startsWith("@") ? { file: given.slice(1) } : readHeader(given)),
};

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export const credentials: Kind<Credentials> = {
  name: "USER:PASSWORD",
  secret: true,
  takes: "a name and a password, with a colon between them",
  read: (given) => {
    const colon = given.indexOf(":");
    return colon < 1 ? undefined : { user: given.slice(0, colon), password: given.slice(colon + 1) };
  },
};

const PROXY = /^(?:https?|socks5h?):$/;

export const proxy: Kind<URL> = {
  name: "URL",
  secret: true,
  takes: "the address of a proxy, http://HOST:PORT, or with https, socks5 or socks5h in place of http",
  read: (given) => {
    const url = URL.parse(/^[a-z\d+.-]+:\/\//i.test(given) ? given : `http://${given}`);
    return url !== null && PROXY.test(url.protocol) && url.hostname !== "" ? url : undefined;
  },
};

const DIGITS = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 } as const;
const CHECKSUM = /^(md5|sha-?(?:1|224|256|384|512))=(.+)$/i;

/** `sha256=` and the digits, as `DownloadItem.checksum` has it. `parseChecksum` is not loaded as long as nothing is done. */
export const checksum: Kind<string> = {
  name: "ALGORITHM=DIGEST",
  takes: "sha256= and 64 hexadecimal digits, or md5, sha1 or sha512 with theirs",
  read: (given) => {
    const [, algorithm = "", digest = ""] = CHECKSUM.exec(given) ?? [];
    const name = algorithm.toLowerCase().replace("-", "") as keyof typeof DIGITS;
    return /^[\da-f]+$/i.test(digest) && digest.length === DIGITS[name] ? `${name}=${digest.toLowerCase()}` : undefined;
  },
};
