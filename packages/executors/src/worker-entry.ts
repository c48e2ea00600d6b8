/** What a worker thread starts with: piscina calls `runThreadJob` for each job, and posts what it returns. */
import { mustBeCloneable } from "./copy.ts";
import { runJob, type Sending } from "./run-job.ts";
import type { Job, Outcome } from "./wire.ts";

const sending: Sending<Outcome> = {
  pack(outcome) {
    if (outcome.ok) mustBeCloneable(outcome.value);
    return outcome;
  },
  copy: structuredClone,
};

/** Run one job. */
export function runThreadJob(job: Job): Promise<Outcome> {
  return runJob(job, sending);
}
