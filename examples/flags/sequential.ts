/** (a) One flag after the other. */

import { tqdm } from "@yieldfrom/tqdm";
import type { Coroutine } from "yieldfrom";
import { saveFlag } from "./files.ts";
import { getFlag } from "./get-flag.ts";
import type { Job } from "./job.ts";

export function* downloadMany(codes: readonly string[], job: Job): Coroutine<void> {
  const { session, base, folder, report } = job;
  for (const cc of tqdm(codes, { desc: "one by one", unit: "flag" })) {
    try {
      const flag = yield* getFlag(session, base, cc);
      saveFlag(folder, flag);
      report.saved(flag);
    } catch (error) {
      report.failed(error);
    }
  }
}
