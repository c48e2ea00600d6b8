/**
 * (f) As (e), with two requests for each flag (the book's `flags3`): the image, then the name of the country, which the
 * file gets. Done with callbacks, the second would stand inside of the first; here they are two lines of one coroutine.
 */

import { workerModule } from "@yieldfrom/executors";
import { coroutine, getRunningLoop, type Semaphore } from "yieldfrom";
import * as completed from "./completed.ts";
import type { Flag } from "./flag.ts";
import { getCountry } from "./get-country.ts";
import { getFlag } from "./get-flag.ts";
import type { Job } from "./job.ts";

const files = workerModule<typeof import("./files.ts")>(new URL("./files.ts", import.meta.url));

const downloadOne = coroutine(function* downloadOne(cc: string, semaphore: Semaphore, { session, base, folder }: Job) {
  let flag: Flag;
  // A permit for each request, and none while the file is saved: who waits for the server is not held up by the disk.
  {
    using _permit = yield* semaphore;
    flag = yield* getFlag(session, base, cc);
  }
  {
    using _permit = yield* semaphore;
    flag = { ...flag, country: yield* getCountry(session, base, cc) };
  }
  yield* getRunningLoop().runInExecutor(null, files.saveFlag, folder, flag);
  return flag;
});

export function downloadMany(codes: readonly string[], job: Job) {
  return completed.downloadMany(codes, job, downloadOne);
}
