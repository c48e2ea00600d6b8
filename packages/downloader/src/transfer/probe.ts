import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { ClientResponse } from "@yieldfrom/http";
import type { Coroutine } from "yieldfrom";
import type { Found } from "../files/output-folder.ts";
import { isUnchanged, StatusError } from "./answer.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";
import { mayBegin, type Place, takeName } from "./may-begin.ts";
import { tellSkipped, tellStart } from "./outcome.ts";
import { ask } from "./request.ts";

/** What servers answer that know no HEAD. */
const NO_HEAD = new Set([405, 501]);

/** A dry run of an item: asks for the facts and saves nothing. It begins as a real run would, by what is there. */
export function* probe(engine: Engine, job: Job): Coroutine<void> {
  const place = new Look(engine.settings.dir);
  if (job.attempts === 0 && job.name !== "" && !mayBegin(engine, place, job)) return;
  tellStart(engine, job, 0);
  using head = yield* ask(engine, job, null, "HEAD");
  if (!NO_HEAD.has(head.status)) return tell(engine, job, head, place);
  using response = yield* ask(engine, job, null); // Its body is dropped.
  return tell(engine, job, response, place);
}

function tell(engine: Engine, job: Job, response: ClientResponse, place: Place): void {
  const { status } = response;
  const isSame = status === 304 && job.existing !== null;
  if (!isSame && status !== 200 && status !== 203) throw new StatusError(response);
  if (job.name === "" && (!takeName(engine, job, response) || !mayBegin(engine, place, job))) return;
  if (isSame || isUnchanged(job, response)) tellSkipped(engine, job, "unchanged");
  else tellSkipped(engine, job, "dry-run", response.contentLength ?? undefined);
}

/**
 * Looks into the output folder, which is not opened: so it is not made, and another process may be at work there. Files are
 * known by their own dates only.
 */
class Look implements Place {
  readonly known = { get: () => null };
  private readonly _dir: string;

  constructor(dir: string) {
    this._dir = dir;
  }

  find(name: string): Found {
    const stat = lstatSync(join(this._dir, name), { throwIfNoEntry: false });
    if (stat === undefined) return { kind: "none" };
    if (!stat.isFile()) return { kind: "other", isFolder: stat.isDirectory() };
    return { kind: "file", size: stat.size, mtimeMs: stat.mtimeMs };
  }

  sweep(): void {}
}
