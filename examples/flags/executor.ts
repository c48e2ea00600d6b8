/** (e) As (d), but the files are saved by threads, so that the event loop never waits for the disk. */

import { workerModule } from "@yieldfrom/executors";
import { coroutine, getRunningLoop, type Semaphore } from "yieldfrom";
import * as completed from "./completed.ts";
import { getFlag } from "./get-flag.ts";
import type { Job } from "./job.ts";

const files = workerModule<typeof import("./files.ts")>(new URL("./files.ts", import.meta.url));

const downloadOne = coroutine(function* downloadOne(cc: string, semaphore: Semaphore, { session, base, folder }: Job) {
  using _permit = yield* semaphore;
  const flag = yield* getFlag(session, base, cc);
  yield* getRunningLoop().runInExecutor(null, files.saveFlag, folder, flag);
  return flag;
});

export function downloadMany(codes: readonly string[], job: Job) {
  return completed.downloadMany(codes, job, downloadOne);
}
