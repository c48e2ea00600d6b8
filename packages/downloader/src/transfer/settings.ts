import type { ClientSessionOptions, ClientTimeout } from "@yieldfrom/http";
import type { DownloadOptions, Save, WhenClash, WhenExists } from "../options.ts";
import { checkHeaders } from "./job.ts";
import { secretOf } from "./request.ts";

/** The options of `downloadMany`, complete and found good. */
export interface Settings {
  readonly dir: string;
  readonly name: string;
  readonly contentDisposition: boolean;
  readonly exists: WhenExists;
  readonly clash: WhenClash;
  readonly checksums: ReadonlyMap<string, string> | undefined;
  readonly fsync: boolean;
  readonly save: Save | undefined;
  readonly dryRun: boolean;
  readonly limit: number;
  readonly perHost: number;
  readonly split: number;
  readonly minSplitSize: number;
  readonly rate: number;
  readonly limitRate: number;
  readonly retries: number;
  readonly retryDelay: number;
  readonly maxRetryDelay: number;
  readonly timeout: Required<ClientTimeout>;
  readonly slowLimit: number;
  readonly slowTime: number;
  readonly maxSize: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly compressed: boolean;
  readonly maxRedirects: number;
  readonly session: NonNullable<DownloadOptions["session"]>;
}

const ANY = Number.POSITIVE_INFINITY;

/** Workers, and connections to one file: what is more is a mistake. */
const MOST = 10_000;

/** @throws RangeError, TypeError, DownloadError for options that can't be */
export function settingsOf(options: DownloadOptions): Settings {
  const limit = whole("limit", options.limit ?? 20, 1, MOST);
  const split = whole("split", options.split ?? 1, 1, MOST);
  checkHeaders(options.headers ?? {});
  return {
    dir: options.dir ?? ".",
    name: options.name ?? "{base}",
    contentDisposition: options.contentDisposition ?? false,
    exists: oneOf("exists", options.exists ?? "skip", ["skip", "update", "refuse", "number", "overwrite"]),
    clash: oneOf("clash", options.clash ?? "refuse", ["refuse", "skip", "number", "overwrite"]),
    checksums: options.checksums,
    fsync: options.fsync ?? false,
    save: options.save,
    dryRun: options.dryRun ?? false,
    limit,
    perHost: whole("perHost", options.perHost ?? ANY, 1),
    split,
    minSplitSize: whole("minSplitSize", options.minSplitSize ?? 16 * 1024 * 1024, 1),
    rate: more("rate", options.rate ?? ANY),
    limitRate: more("limitRate", options.limitRate ?? ANY),
    retries: whole("retries", options.retries ?? 5, 0),
    retryDelay: atLeast0("retryDelay", options.retryDelay ?? 500),
    maxRetryDelay: atLeast0("maxRetryDelay", options.maxRetryDelay ?? 60_000),
    timeout: {
      connect: null, // The places of the connector are more than the workers: nothing is to be waited for.
      sockConnect: time("connectTimeout", options.connectTimeout, 30_000),
      sockRead: time("idleTimeout", options.idleTimeout, 60_000),
      total: time("totalTimeout", options.totalTimeout, null),
    },
    slowLimit: atLeast0("slowLimit", options.slowLimit ?? 0),
    slowTime: more("slowTime", options.slowTime ?? 30_000),
    maxSize: whole("maxSize", options.maxSize ?? ANY, 0),
    headers: options.headers ?? {},
    compressed: options.compressed ?? false,
    maxRedirects: whole("maxRedirects", options.maxRedirects ?? 10, 0),
    session: options.session ?? {},
  };
}

/** Those of the client session. @throws TypeError for headers that can't be sent */
export function sessionOptions(settings: Settings): ClientSessionOptions {
  const { headers, compressed, timeout, limit, split, session } = settings;
  const { connector = {} } = session;
  // As many connections as there can be at work, unless the caller knows better.
  const isOptions = Object.getPrototypeOf(connector) === Object.prototype;
  return {
    ...session,
    ...(isOptions ? { connector: { limit: Math.max(limit * split, 100), ...connector } } : { connectorOwner: false }),
    headers: {
      "user-agent": "download-many",
      ...(compressed ? null : { "accept-encoding": "identity" }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    },
    secretHeaders: secretOf(headers),
    autoDecompress: compressed,
    timeout,
  };
}

function whole(name: string, value: number, least: number, most = ANY): number {
  if ((Number.isInteger(value) || value === ANY) && value >= least && value <= most) return value;
  const range = most === ANY ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`Expected \`${name}\` to be a whole number ${range}, got ${value}`);
}

function more(name: string, value: number): number {
  if (value > 0) return value;
  throw new RangeError(`Expected \`${name}\` to be a number above 0, got ${value}`);
}

function atLeast0(name: string, value: number): number {
  if (value >= 0) return value;
  throw new RangeError(`Expected \`${name}\` to be a number of at least 0, got ${value}`);
}

function time(name: string, value: number | null | undefined, standard: number | null): number | null {
  if (value === undefined) return standard;
  if (value === null || (Number.isFinite(value) && value > 0)) return value;
  throw new RangeError(`Expected \`${name}\` to be a number of milliseconds above 0, or null for none, got ${value}`);
}

function oneOf<T extends string>(name: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw new TypeError(`Expected \`${name}\` to be one of ${known.join(", ")}, got ${JSON.stringify(value)}`);
}
