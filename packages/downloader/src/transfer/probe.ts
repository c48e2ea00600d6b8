import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ClientResponse } from "@yieldfrom/http";
import type { Coroutine } from "yieldfrom";
import { StatusError } from "./answer.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";
import { alreadyThere, takeName } from "./may-begin.ts";
import { tellSkipped, tellStart } from "./outcome.ts";
import { ask } from "./request.ts";

/** What servers answer that know no HEAD. */
const NO_HEAD = new Set([405, 501]);

/** A dry run of an item: asks for the facts and saves nothing. What is there is told to be, unless it would give way. */
export function* probe(engine: Engine, job: Job): Coroutine<void> {
  if (job.name !== "" && isLeft(engine, job)) return;
  tellStart(engine, job, 0);
  using head = yield* ask(engine, job, null, "HEAD");
  if (!NO_HEAD.has(head.status)) return tell(engine, job, head);
  using response = yield* ask(engine, job, null); // Its body is dropped.
  return tell(engine, job, response);
}

function tell(engine: Engine, job: Job, response: ClientResponse): void {
  if (response.status !== 200 && response.status !== 203) throw new StatusError(response);
  if (job.name === "" && (!takeName(engine, job, response) || isLeft(engine, job))) return;
  tellSkipped(engine, job, "dry-run", response.contentLength ?? undefined);
}

/** The folder is not opened, so that it is not made and another process may be at work there. */
function isLeft(engine: Engine, job: Job): boolean {
  const { dir, exists } = engine.settings;
  if ((exists !== "skip" && exists !== "refuse") || !existsSync(join(dir, job.name))) return false;
  if (exists === "refuse") throw alreadyThere(job.name);
  tellSkipped(engine, job, "exists");
  return true;
}
