import type { Coroutine } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import type { Reason } from "../events.ts";
import type { OutputFolder } from "../files/output-folder.ts";
import { notSlower } from "../manners/slow.ts";
import { download } from "./download.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";
import { mayBegin } from "./may-begin.ts";
import { probe } from "./probe.ts";
import { saveElsewhere } from "./save-elsewhere.ts";

/** The host is left alone for some time: it was not asked. */
export class HostClosedError extends DownloadError {
  override readonly name = "HostClosedError";

  constructor({ code, message }: Reason) {
    super(code, message);
  }
}

/**
 * One attempt at an item, to its outcome, which is told.
 * @param closed why its host is not to be asked; what is there already needs no request
 * @throws what made it fail; whether there is another attempt is for the caller to decide
 */
export function* attempt(engine: Engine, job: Job, closed: Reason | null): Coroutine<void> {
  const { settings, folder, turns } = engine;
  job.bytes = 0;
  if (folder === null && closed !== null) throw new HostClosedError(closed);
  if (settings.dryRun) return yield* probe(engine, job);
  if (folder === null) return yield* saveElsewhere(engine, job);
  if (turns === null || job.name === "") return yield* inFolder(engine, folder, job, closed);
  return yield* turns.one(job, () => inFolder(engine, folder, job, closed));
}

function* inFolder(engine: Engine, folder: OutputFolder, job: Job, closed: Reason | null): Coroutine<void> {
  const { slowLimit, slowTime } = engine.settings;
  if (job.attempts === 0 && job.name !== "" && !mayBegin(engine, folder, job)) return;
  if (closed !== null) throw new HostClosedError(closed);
  if (slowLimit <= 0) return yield* download(engine, folder, job, null);
  return yield* notSlower(slowLimit, slowTime, (watch) => download(engine, folder, job, watch));
}
