import type { ClientSession } from "@yieldfrom/http";
import type { DownloadEvent } from "../events.ts";
import type { OutputFolder } from "../files/output-folder.ts";
import { ByteBucket } from "../manners/byte-bucket.ts";
import { Patience } from "../manners/patience.ts";
import { Rate } from "../manners/rate.ts";
import type { Counts } from "./counts.ts";
import type { Naming } from "./naming.ts";
import type { Settings } from "./settings.ts";
import { Turns } from "./turns.ts";

/** What all transfers of one run share. */
export interface Engine {
  readonly settings: Settings;
  readonly session: ClientSession;
  /** Where files are saved; null: nowhere, bodies go to the caller's `save`, or it is a dry run. */
  readonly folder: OutputFolder | null;
  readonly naming: Naming;
  /** Where items may overwrite each other; null: they may not. */
  readonly turns: Turns | null;
  readonly patience: Patience;
  /** Requests a second, if they are bounded. */
  readonly rate: Rate | null;
  /** Bytes a second, if they are bounded. */
  readonly bucket: ByteBucket | null;
  readonly counts: Counts;
  readonly emit: (event: DownloadEvent) => void;
}

const ANY = Number.POSITIVE_INFINITY;

/** @param folder null for dry runs and where bodies go to the caller's `save` */
export function engineOf(
  settings: Settings,
  session: ClientSession,
  folder: OutputFolder | null,
  naming: Naming,
  counts: Counts,
  emit: (event: DownloadEvent) => void,
): Engine {
  const { rate, limitRate, clash } = settings;
  return {
    settings,
    session,
    folder,
    naming,
    turns: folder !== null && clash === "overwrite" ? new Turns() : null,
    patience: new Patience(settings),
    rate: rate === ANY ? null : new Rate(rate),
    bucket: limitRate === ANY ? null : new ByteBucket(limitRate),
    counts,
    emit,
  };
}
