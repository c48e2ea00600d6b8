import { DownloadError } from "../errors.ts";
import { type Checksum, parseChecksum } from "../files/checksums.ts";
import type { DownloadItem } from "../item.ts";
import type { Tries } from "../manners/patience.ts";
import type { Verdict } from "../manners/retryable.ts";
import { quoted } from "../names/printable.ts";
import type { ActiveFile } from "../progress-view.ts";

/** A file that is there, and by what its version is known. */
export interface Existing {
  readonly size: number;
  readonly mtimeMs: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** Of an attempt. */
export interface Failure {
  readonly error: unknown;
  readonly verdict: Verdict;
}

/** An item of the list on its way to its outcome, over all its attempts. */
export class Job implements ActiveFile, Tries {
  /** From 1. */
  readonly n: number;
  /** Its address, for events: without user info. */
  readonly url: string;
  readonly item: DownloadItem;
  /** What the list says that its bytes come to. */
  readonly checksum: Checksum | null;
  /** Where it is asked for: its address, then its mirrors. */
  readonly addresses: readonly URL[];
  /** Which address is asked next, by its place, and with which one the round began. */
  address = 0;
  firstOfRound = 0;
  /** The last failure of this round that may not come again. */
  passing: Failure | null = null;
  /** Those that are not to be asked again, since that would not change anything. */
  readonly dead = new Set<number>();
  /** Path in the output folder; "" as long as it has none. */
  name = "";
  /** Attempts that were begun. */
  attempts = 0;
  failures = 0;
  usedOnce = false;
  /** Bytes of bodies that came over the network. */
  received = 0;
  /** Bytes of an earlier run that were gone on from. */
  resumed = 0;
  /** Bytes that a later run can go on from. */
  kept = 0;
  /** Whether what is there under its name gives way to it. */
  replace = false;
  /** Whether an item before it in the list has its name, and gives way to it. */
  replacesItem = false;
  /** The file that is there, if it is to be replaced by a newer one only. */
  existing: Existing | null = null;
  /** Whether it is not split any more, since a server did not do that as it should. */
  unsplit = false;
  /** Whether bytes of several addresses are not put together any more, since they did not come to the checksum. */
  apart = false;
  /** Whether it has an outcome. */
  ended = false;
  bytes = 0;
  total: number | null = null;
  startedAt = 0;

  /** @throws DownloadError for an address, checksum or header that can't be */
  constructor(n: number, item: DownloadItem) {
    const { mirrors } = item;
    const first = addressOf(item.url);
    if (item.headers !== undefined) checkHeaders(item.headers);
    this.n = n;
    this.item = item;
    this.checksum = item.checksum === undefined ? null : parseChecksum(item.checksum);
    this.addresses = mirrors === undefined ? [first] : [first, ...mirrors.map(addressOf)];
    this.url = withoutUserInfo(first);
  }

  /** In which lane it waits: that of the host that is asked next. */
  get host(): string {
    return (this.addresses[this.address] as URL).host;
  }
}

/** `localhost:8080/a` is an address to URL, with the scheme `localhost:`. */
const HOST_AND_PORT = /^[^:/?#]+:\d+(?:[/?#]|$)/;

function addressOf(given: string | URL): URL {
  const url = typeof given === "string" ? URL.parse(given) : given;
  if (url === null || HOST_AND_PORT.test(url.href)) {
    throw new DownloadError("ERR_INVALID_URL", "this is no address: write it in full, with http:// or https://");
  }
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  const what = `only http and https addresses can be downloaded, this is ${JSON.stringify(url.protocol)}`;
  throw new DownloadError("ERR_NON_HTTP_URL", what);
}

/** Headers that are ours: with others in their place, the wrong bytes would come. */
const OURS = /^(?:range|if-range|if-match|if-none-match|if-modified-since|if-unmodified-since)$/i;

/** @throws DownloadError `ERR_HEADER` for one that is not the caller's to send */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(headers)) {
    if (!OURS.test(name)) continue;
    throw new DownloadError("ERR_HEADER", `The header ${quoted(name)} can't be given: it is sent where it is needed`);
  }
}

/** The address for people and events. */
export function withoutUserInfo(url: URL): string {
  if (url.username === "" && url.password === "") return url.href;
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare.href;
}
