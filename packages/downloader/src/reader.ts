import { type Coroutine, sleep } from "yieldfrom";
import type { Gate } from "./downloads.ts";
import type { ItemSource } from "./input/item-source.ts";
import { BAD_LINE, isBadLine, type ListEntry } from "./input/list-entry.ts";
import { reasonOf } from "./manners/reason.ts";
import { verdictOfError } from "./manners/retryable.ts";
import type { Scheduler } from "./manners/scheduler.ts";
import type { Engine } from "./transfer/engine.ts";
import { Job } from "./transfer/job.ts";
import { takeName } from "./transfer/may-begin.ts";
import { tellFailed, tellUnusable } from "./transfer/outcome.ts";

/** Reads the list to its end: gives its items their numbers and names, in its order, and puts them into the scheduler. */
export function* read(
  source: ItemSource,
  engine: Engine,
  scheduler: Scheduler<Job>,
  gate: Gate | null,
): Coroutine<void> {
  let n = 0;
  for (;;) {
    const entries = yield* source.next();
    if (entries === null) break;
    // Entries that are no work for anybody may follow each other without end.
    yield* sleep(0);
    for (const entry of entries) {
      const job = jobOf(engine, ++n, entry);
      if (job !== null) yield* scheduler.add(job, job.host);
      else if (gate?.isFull === true) yield* gate.room();
    }
  }
  engine.counts.total = n;
}

/** The job for an entry of the list; null if it has its outcome already, which is told then. */
function jobOf(engine: Engine, n: number, entry: ListEntry): Job | null {
  if (isBadLine(entry)) {
    tellUnusable(engine, n, "", entry.at, reasonOf(BAD_LINE, entry.reason));
    return null;
  }
  let job: Job;
  try {
    job = new Job(n, entry);
  } catch (error) {
    tellUnusable(engine, n, String(entry.url), entry.at, verdictOfError(error).reason);
    return null;
  }
  try {
    return engine.naming.asksServer(job) || takeName(engine, job, null) ? job : null;
  } catch (error) {
    tellFailed(engine, job, verdictOfError(error).reason);
    return null;
  }
}
