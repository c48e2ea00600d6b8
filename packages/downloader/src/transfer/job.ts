import { DownloadError } from "../errors.ts";
import type { DownloadItem } from "../item.ts";
import type { ActiveFile } from "../progress-view.ts";

/** An item of the list on its way to its outcome. */
export class Job implements ActiveFile {
  /** From 1. */
  readonly n: number;
  readonly item: DownloadItem;
  /** For events: without user info. */
  readonly url: string;
  /** Where it is asked for, the mirrors last. */
  readonly addresses: readonly URL[];
  /** What it is scheduled by: scheme, host and port of the address that is next. */
  host: string;
  /** Path in the output folder. */
  name = "";
  /** Attempts that were begun. */
  attempts = 0;
  /** Bytes of bodies that came over the network. */
  received = 0;
  /** Bytes of an earlier run that were gone on from. */
  resumed = 0;
  bytes = 0;
  total: number | null = null;
  startedAt = 0;

  /** @throws DownloadError for an address that is none */
  constructor(n: number, item: DownloadItem) {
    this.n = n;
    this.item = item;
    const first = addressOf(item.url);
    this.addresses = item.mirrors === undefined ? [first] : [first, ...item.mirrors.map(addressOf)];
    this.url = shown(first);
    this.host = first.origin;
  }
}

/** An item whose address is none: nothing is asked for. */
export function addressOf(given: string | URL): URL {
  const url = typeof given === "string" ? URL.parse(given) : given;
  if (url === null) throw new DownloadError("ERR_INVALID_URL", "this is no address, write http://… or https://…");
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw new DownloadError("ERR_NON_HTTP_URL", `only http and https addresses can be downloaded, not ${url.protocol}`);
}

function shown(url: URL): string {
  if (url.username === "" && url.password === "") return url.href;
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare.href;
}
