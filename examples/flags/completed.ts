/** (d) Coroutines with `asCompleted` (18-7): each outcome is there as soon as its flag is done. */

import { tqdm } from "@yieldfrom/tqdm";
import { asCompleted, type Coroutine, coroutine, Semaphore } from "yieldfrom";
import { saveFlag } from "./files.ts";
import { getFlag } from "./get-flag.ts";
import type { Job } from "./job.ts";

const downloadOne = coroutine(function* downloadOne(cc: string, semaphore: Semaphore, { session, base, folder }: Job) {
  using _permit = yield* semaphore;
  const flag = yield* getFlag(session, base, cc);
  saveFlag(folder, flag);
  return flag;
});

export function* downloadMany(codes: readonly string[], job: Job, download = downloadOne): Coroutine<void> {
  const semaphore = new Semaphore(job.maxConnections);
  const todo = codes.map((cc) => download(cc, semaphore, job));
  for (const future of tqdm(asCompleted(todo), { total: todo.length, unit: "flag" })) {
    try {
      job.report.saved(yield* future);
    } catch (error) {
      job.report.failed(error);
    }
  }
}
