import type { ClientSession } from "@yieldfrom/http";
import type { Coroutine } from "yieldfrom";
import type { Report } from "./report.ts";

/** What every way of downloading is given. */
export interface Job {
  readonly session: ClientSession;
  /** Where the flags are, such as `http://127.0.0.1:8080/flags`. */
  readonly base: string;
  /** Where to save them. */
  readonly folder: string;
  /** At most so many downloads at a time. */
  readonly maxConnections: number;
  /** Told of each flag once it is saved or has failed. */
  readonly report: Report;
}

/** A way of downloading: it ends when it has reported every flag. */
export type DownloadMany = (codes: readonly string[], job: Job) => Coroutine<void>;
