import type { ClientResponse } from "@yieldfrom/http";
import { DownloadError } from "../errors.ts";
import type { KnownFiles } from "../files/known-files.ts";
import type { Found } from "../files/output-folder.ts";
import { quoted } from "../names/printable.ts";
import { nameFromDisposition } from "../names/url-name.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";
import { tellSkipped } from "./outcome.ts";

/** The output folder, or what a dry run has in its place. */
export interface Place {
  readonly known: Pick<KnownFiles, "get">;
  find(name: string): Found;
  sweep(name: string): void;
}

/**
 * Whether the item is to be downloaded, by what is there under its name; if not, that is told.
 * @throws DownloadError `ERR_EXISTS`, and what looking there fails with
 */
export function mayBegin(engine: Engine, folder: Place, job: Job): boolean {
  if (engine.turns?.isLate(job) === true) {
    tellSkipped(engine, job, "clash");
    return false;
  }
  const found = folder.find(job.name);
  if (found.kind === "none" || job.replace) return true;
  const { exists } = engine.settings;
  switch (exists) {
    case "skip":
      if (found.kind === "other" && found.isFolder) {
        throw new DownloadError("ERR_NOT_A_FILE", `a folder has the name ${quoted(job.name)}`);
      }
      folder.sweep(job.name);
      tellSkipped(engine, job, "exists");
      return false;
    case "refuse":
      throw new DownloadError("ERR_EXISTS", `${quoted(job.name)} is there already`);
    case "number":
      engine.naming.number(job, (name) => folder.find(name).kind !== "none");
      return true;
    default:
      job.replace = true;
      if (exists === "update" && found.kind === "file") {
        const known = folder.known.get(job.name, job.url, found);
        job.existing = { ...found, etag: known?.etag ?? null, lastModified: known?.lastModified ?? null };
      }
      return true;
  }
}

/**
 * Gives an item its name, if it may have it; if not, that is told.
 * @param response whose suggestion counts; null: none is asked for
 * @returns whether it has its name and is to be downloaded
 * @throws DownloadError if another item has the name, or it can't be one
 */
export function takeName(engine: Engine, job: Job, response: ClientResponse | null): boolean {
  const given = engine.naming.give(job, response === null ? null : suggestedBy(response));
  if (given === "given") return true;
  tellSkipped(engine, job, given);
  return false;
}

function suggestedBy(response: ClientResponse): string | null {
  try {
    return nameFromDisposition(response.contentDisposition);
  } catch {
    return null; // What can't be read suggests nothing.
  }
}
