import type { Job, Outcome } from "./wire.ts";

/** Where a pool's jobs run, as the pool sees it: threads or processes, started when needed and used again. */
export interface Workers {
  /**
   * Run a job on an idle worker, or on a new one; at most `maxWorkers` at a time, which the caller sees to. `moves`
   * are buffers of its arguments that nobody else holds.
   *
   * Rejects only when the worker ended before the job did, with what is known of its end.
   */
  run(job: Job, moves: ArrayBuffer[]): Promise<Outcome>;

  /** End all workers; resolves when they are gone. */
  destroy(): Promise<void>;
}
