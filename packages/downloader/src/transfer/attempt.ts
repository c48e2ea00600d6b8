import type { Coroutine } from "yieldfrom";
import { notSlower } from "../manners/slow.ts";
import { download } from "./download.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";
import { mayBegin } from "./may-begin.ts";
import { probe } from "./probe.ts";
import { saveElsewhere } from "./save-elsewhere.ts";

/**
 * One attempt at an item, to its outcome, which is told.
 * @throws what made it fail; whether there is another attempt is for the caller to decide
 */
export function* attempt(engine: Engine, job: Job): Coroutine<void> {
  const { settings, folder, rate } = engine;
  if (job.attempts === 0 && job.name !== "" && folder !== null && !mayBegin(engine, folder, job)) return;
  if (rate !== null) yield* rate.take();
  job.attempts++;
  job.bytes = 0;
  if (settings.dryRun) return yield* probe(engine, job);
  if (folder === null) return yield* saveElsewhere(engine, job);
  if (settings.slowLimit <= 0) return yield* download(engine, folder, job, null);
  return yield* notSlower(settings.slowLimit, settings.slowTime, (watch) => download(engine, folder, job, watch));
}
