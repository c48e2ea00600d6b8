import { type Coroutine, isCancelled } from "yieldfrom";
import { retryAfter } from "../manners/retry-after.ts";
import { type Verdict, verdictOfError } from "../manners/retryable.ts";
import type { Lease } from "../manners/scheduler.ts";
import { StatusError } from "./answer.ts";
import { attempt } from "./attempt.ts";
import { isOfServer } from "./blame.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";
import { tellFailed, tellInterrupted, tellRetry } from "./outcome.ts";

/** A file that has grown by so much since the last failure is no hopeless case: its attempts are counted anew. */
const PROGRESS = 1024 * 1024;

/** Of a failed attempt. */
interface Failure {
  readonly error: unknown;
  readonly verdict: Verdict;
}

/**
 * Carries an item as far as it comes without waiting for another time: to its outcome, or until it was given back to the
 * scheduler. While there is a further address that was not asked in this round, a failure leads there at once.
 */
export function* carry(engine: Engine, lease: Lease<Job>): Coroutine<void> {
  const job = lease.item;
  const first = job.address;
  let passing: Failure | undefined;
  try {
    for (;;) {
      const keptBefore = job.kept;
      try {
        yield* attempt(engine, job);
        lease.done();
        return;
      } catch (error) {
        if (isCancelled(error)) throw error;
        const failure = { error, verdict: error instanceof StatusError ? error.verdict : verdictOfError(error) };
        if (job.kept - keptBefore >= PROGRESS) job.failures = 0;
        if (failure.verdict.retry) passing = failure;
        else job.dead.add(job.address);
        const next = isOfServer(error) ? nextAddress(job, first) : null;
        if (next === null) return settle(engine, lease, passing ?? failure);
        job.address = next;
        tellRetry(engine, job, 0, failure.verdict.reason);
      }
    }
  } catch (error) {
    tellInterrupted(engine, job);
    throw error;
  }
}

function settle(engine: Engine, lease: Lease<Job>, { error, verdict }: Failure): void {
  const job = lease.item;
  const asked = error instanceof StatusError ? retryAfter(error.retryAfter, error.date, Date.now()) : null;
  const delay = engine.patience.after(lease, job, verdict, asked);
  if (delay === null) {
    tellFailed(engine, job, verdict.reason);
    if (error instanceof StatusError && !verdict.retry) lease.done();
    return;
  }
  while (job.dead.has(job.address)) job.address = (job.address + 1) % job.addresses.length;
  tellRetry(engine, job, delay, verdict.reason);
  if (!lease.again(delay)) tellInterrupted(engine, job);
}

/** The next address that may have the file; null when the round is over. */
function nextAddress({ address, addresses, dead }: Job, first: number): number | null {
  for (let i = (address + 1) % addresses.length; i !== first; i = (i + 1) % addresses.length) {
    if (!dead.has(i)) return i;
  }
  return null;
}
