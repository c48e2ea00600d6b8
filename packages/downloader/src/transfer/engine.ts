import type { ClientSession } from "@yieldfrom/http";
import type { DownloadEvent } from "../events.ts";
import type { Counts } from "./counts.ts";
import type { Settings } from "./settings.ts";

/** What all transfers of one run share. */
export interface Engine {
  readonly settings: Settings;
  readonly session: ClientSession;
  readonly counts: Counts;
  readonly emit: (event: DownloadEvent) => void;
}
