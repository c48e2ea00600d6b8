import type { ClientSessionOptions } from "@yieldfrom/http";
import type { Awaitable } from "yieldfrom";
import type { DownloadEvent } from "./events.ts";

/** What happens if the file is there already, from before. */
export type WhenExists = "skip" | "update" | "refuse" | "number" | "overwrite";

/** What happens if two items of the list come to the same name. */
export type WhenClash = "refuse" | "skip" | "number" | "overwrite";

/** How bodies are saved by something else than a file in the output folder: by a function of any kind, which may be a coroutine. */
export type Save = (file: SavedFile) => Awaitable<unknown> | PromiseLike<unknown> | undefined;

/** A body that is whole and verified, for `save`. */
export interface SavedFile {
  readonly n: number;
  readonly url: string;
  /** The name that it would have. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** Options of `downloadMany`. Times are milliseconds, sizes bytes. */
export interface DownloadOptions {
  /** The output folder, which is made if it is not there. Default: the current one. */
  readonly dir?: string;
  /** The template of names. Default: `{base}`, the last part of the address's path. */
  readonly name?: string;
  /** Whether a name that the server suggests (Content-Disposition) goes before the address's. Default: false. */
  readonly contentDisposition?: boolean;
  /** Default: skip. */
  readonly exists?: WhenExists;
  /** Default: refuse. */
  readonly clash?: WhenClash;
  /** Checksums by names (those of a SHA256SUMS file); an item's own goes before. */
  readonly checksums?: ReadonlyMap<string, string>;
  /** Whether each file is on the disk before it has its name. Default: false. */
  readonly fsync?: boolean;
  /** Instead of a file in `dir`: called with each body, which is held in memory. It may run something in an executor. */
  readonly save?: Save;
  /** Whether servers are asked for the facts (HEAD), and nothing is saved. Default: false. */
  readonly dryRun?: boolean;

  /** Files at a time. Default: 20. */
  readonly limit?: number;
  /** Files at a time from one host. Default: no bound but `limit`. */
  readonly perHost?: number;
  /** Connections to one file. Default: 1. */
  readonly split?: number;
  /** A piece of a split file has at least so many bytes. Default: 16 MiB. */
  readonly minSplitSize?: number;
  /** Requests a second, of all. Default: no bound. */
  readonly rate?: number;
  /** Bytes a second, of all. Default: no bound. */
  readonly limitRate?: number;

  /** Attempts after the first. Default: 5. */
  readonly retries?: number;
  /** The first wait is up to so long, each further one up to twice as long. Default: 500. */
  readonly retryDelay?: number;
  /** No wait is longer; a server that asks for more is not asked again. Default: 60 s. */
  readonly maxRetryDelay?: number;
  /** For a connection, name look-up and TLS included. Default: 30 s; null: none. */
  readonly connectTimeout?: number | null;
  /** Without a byte. Default: 60 s; null: none. */
  readonly idleTimeout?: number | null;
  /** For one attempt, all in all. Default: null, none. */
  readonly totalTimeout?: number | null;
  /** An attempt that is slower than so many bytes a second over `slowTime` ends. Default: 0, none. */
  readonly slowLimit?: number;
  /** Default: 30 s. */
  readonly slowTime?: number;
  /** A file that is larger is refused. Default: no bound. */
  readonly maxSize?: number;

  /** Sent to the origins of the list's own addresses; redirects to others go without them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether compressed bodies are asked for, and saved inflated. Default: false. */
  readonly compressed?: boolean;
  /** Default: 10. */
  readonly maxRedirects?: number;
  /** Told of each event, at once and within the work: it should be quick. What it throws ends all. */
  readonly onEvent?: (event: DownloadEvent) => void;
  /** Options of the session that are passed on: proxies, TLS, HTTP/2, cookies, trust in the environment. */
  readonly session?: Pick<
    ClientSessionOptions,
    "auth" | "cookieJar" | "connector" | "middlewares" | "netrc" | "proxy" | "proxyAuth" | "traceConfigs" | "trustEnv"
  >;
}
