/** (c) Coroutines with `wait` (18-5): all the outcomes are there at the end. */

import { type Coroutine, coroutine, createTask, wait } from "yieldfrom";
import { saveFlag } from "./files.ts";
import { getFlag } from "./get-flag.ts";
import type { Job } from "./job.ts";

const downloadOne = coroutine(function* downloadOne(cc: string, { session, base, folder }: Job) {
  const flag = yield* getFlag(session, base, cc);
  saveFlag(folder, flag);
  return flag;
});

export function* downloadMany(codes: readonly string[], job: Job): Coroutine<void> {
  const todo = codes.map((cc) => createTask(downloadOne(cc, job)));
  const [done] = yield* wait(todo);
  for (const task of done) {
    const error = task.exception();
    if (error === null) job.report.saved(task.result());
    else job.report.failed(error);
  }
}
