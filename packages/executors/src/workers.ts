import type { Job, Outcome } from "./wire.ts";

/** Where a pool's jobs run, as the pool sees it: threads or processes, started when needed and used again. */
export interface Workers {
  /**
   * Copy the arguments of a job now; what is returned runs it later.
   *
   * Throws DataCloneError when an argument can't be sent to a worker.
   */
  prepare(job: Job): PreparedJob;

  /** End all workers; resolves when they are gone. */
  destroy(): Promise<void>;
}

/**
 * Runs its job, once: on an idle worker, or on a new one; at most `maxWorkers` jobs at a time, which the caller sees to.
 *
 * Rejects only when the worker ended before the job did, with what is known of its end.
 */
export type PreparedJob = () => Promise<Outcome>;
