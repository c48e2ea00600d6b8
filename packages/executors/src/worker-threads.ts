/**
 * Piscina as this package uses it, and the only file that knows it. Piscina owns the threads: it starts one when a
 * job finds none idle, keeps them all, and lets none of them keep the process alive unless it has a job.
 *
 * Three things it leaves to us:
 * - its AbortSignals terminate the thread of a running job, and have lost other jobs (its issues 805 and 934): none
 *   is ever given; whoever calls `run` queues for itself;
 * - with its Atomics on, a thread sleeps between jobs with its timers and sockets frozen, and what a job left behind
 *   breaks the next one: they are off;
 * - when a thread ends while it starts, the job meant for it waits for ever, and a program then ends without a word:
 *   see `_threadEnded`.
 */
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { copyAll } from "./copy.ts";
import type { Job, Outcome } from "./wire.ts";
import type { PreparedJob, Workers } from "./workers.ts";

/** The built package has the same files as `.js`. */
const ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./worker-entry.ts" : "./worker-entry.js", import.meta.url),
);

interface Pool {
  readonly piscina: Piscina<Job, Outcome>;
  /** Why its threads could not start. */
  failure?: unknown;
}

export class WorkerThreads implements Workers {
  private readonly _maxThreads: number;
  private readonly _report: (error: unknown) => void;
  private _pool: Pool | undefined;
  private _running = 0;
  private _deaths: unknown[] = [];

  /** `report` is called with the error of a thread that ended while it had no job. */
  constructor(maxThreads: number, report: (error: unknown) => void) {
    this._maxThreads = maxThreads;
    this._report = report;
  }

  prepare({ url, name, args }: Job): PreparedJob {
    const { copy, moves } = copyAll(args);
    return () => this._run({ url, name, args: copy }, moves);
  }

  async destroy(): Promise<void> {
    const pool = this._pool;
    this._pool = undefined;
    await pool?.piscina.destroy();
  }

  private async _run(job: Job, moves: ArrayBuffer[]): Promise<Outcome> {
    this._pool ??= this._start();
    const pool = this._pool;
    this._running++;
    try {
      return await pool.piscina.run(job, { filename: ENTRY, name: "runThreadJob", transferList: moves as never });
    } catch (error) {
      throw pool.failure ?? error;
    } finally {
      this._running--;
    }
  }

  private _start(): Pool {
    const piscina = new Piscina<Job, Outcome>({
      minThreads: 0,
      maxThreads: this._maxThreads,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: "disabled",
      stricterFIFO: true,
      recordTiming: false,
    });
    const pool: Pool = { piscina };
    piscina.on("error", (error: unknown) => this._deaths.push(error));
    // By the next turn of the host's loop a job that died with the thread has failed, and its successor has one.
    piscina.on("workerDestroy", () => setImmediate(() => this._threadEnded(pool)));
    return pool;
  }

  private _threadEnded(pool: Pool): void {
    const deaths = this._deaths.splice(0);
    const stranded = pool === this._pool && this._running > 0 && pool.piscina.threads.length === 0;
    if (!stranded) {
      for (const death of deaths) this._report(death);
      return;
    }
    pool.failure = deaths.at(-1) ?? new Error("a new thread ended while it started");
    this._pool = undefined;
    // Rejects the jobs that piscina still holds.
    void pool.piscina.destroy();
  }
}
