import { CancelledError, type Coroutine, currentTask, isCancelled } from "yieldfrom";
import { retryAfter } from "../manners/retry-after.ts";
import { verdictOfError } from "../manners/retryable.ts";
import type { Lease } from "../manners/scheduler.ts";
import { StatusError } from "./answer.ts";
import { attempt, HostClosedError } from "./attempt.ts";
import { isOfServer } from "./blame.ts";
import type { Engine } from "./engine.ts";
import type { Failure, Job } from "./job.ts";
import { tellFailed, tellInterrupted, tellRetry } from "./outcome.ts";

/** A file that has grown by so much since the last failure is no hopeless case: its attempts are counted anew. */
const PROGRESS = 1024 * 1024;

/**
 * Carries an item through one attempt: to its outcome, or back to the scheduler, for another time or for another host. While
 * there is a further address that was not asked in this round, a failure leads there at once.
 */
export function* carry(engine: Engine, lease: Lease<Job>): Coroutine<void> {
  const job = lease.item;
  const { attempts, kept } = job;
  if (lease.isPaused && lease.closed === null) return passOn(engine, lease);
  try {
    try {
      yield* attempt(engine, job, lease.closed);
      if (job.attempts > attempts) lease.done();
      else lease.unused();
    } catch (error) {
      if (isCancelled(error)) throw error;
      // What went wrong while it was being stopped does not make it go on.
      if ((currentTask()?.cancelling() ?? 0) > 0) throw new CancelledError("stopped", { cause: error });
      if (job.kept - kept >= PROGRESS) job.failures = 0;
      const verdict = error instanceof StatusError ? error.verdict : verdictOfError(error);
      settle(engine, lease, { error, verdict });
    }
  } catch (error) {
    tellInterrupted(engine, job);
    throw error;
  }
}

/** Its host is paused, and it is tried at another one at once. */
function passOn(engine: Engine, lease: Lease<Job>): void {
  const job = lease.item;
  job.address = nextAddress(job) ?? job.address;
  if (!lease.again(0, job.host) && job.attempts > 0) tellInterrupted(engine, job);
}

function settle(engine: Engine, lease: Lease<Job>, failure: Failure): void {
  const job = lease.item;
  const { error, verdict } = failure;
  const { patience } = engine;
  const isClosed = error instanceof HostClosedError;
  if (verdict.retry) job.passing = failure;
  else if (!isClosed) job.dead.add(job.address);
  const next = isClosed || isOfServer(error) ? nextAddress(job) : null;
  if (next !== null) {
    patience.heed(lease, verdict, askedFor(failure));
    job.address = next;
    if (!isClosed) tellRetry(engine, job, 0, verdict.reason);
    if (!lease.again(0, job.host) && job.attempts > 0) tellInterrupted(engine, job);
    return;
  }
  const last = job.passing ?? failure;
  job.passing = null;
  let delay: number | null;
  if (last === failure) delay = patience.after(lease, job, verdict, askedFor(failure));
  else {
    // It was about another host, which knows.
    patience.heed(lease, verdict, askedFor(failure));
    delay = patience.after(lease, job, { ...last.verdict, slowHost: false }, askedFor(last));
  }
  if (delay === null) {
    tellFailed(engine, job, last.verdict.reason);
    if (error instanceof StatusError && !verdict.retry) lease.done();
    return;
  }
  while (job.dead.has(job.address)) job.address = (job.address + 1) % job.addresses.length;
  job.firstOfRound = job.address;
  tellRetry(engine, job, delay, last.verdict.reason);
  if (!lease.again(delay, job.host)) tellInterrupted(engine, job);
}

/** Milliseconds for which the server wants to be left alone; null if it did not say so. */
function askedFor({ error }: Failure): number | null {
  return error instanceof StatusError ? retryAfter(error.retryAfter, error.date, Date.now()) : null;
}

/** Whether there is an address that was not asked in this round. */
export function mayGoElsewhere(job: Job): boolean {
  return job.addresses.length > 1 && nextAddress(job) !== null;
}

/** The next address that may have the file; null when the round is over. */
function nextAddress({ address, addresses, dead, firstOfRound }: Job): number | null {
  for (let i = (address + 1) % addresses.length; i !== firstOfRound; i = (i + 1) % addresses.length) {
    if (!dead.has(i)) return i;
  }
  return null;
}
