/**
 * The job that runs in this worker, as its own code may ask for it. It imports nothing: each worker loads it. The
 * state has a registered symbol, so that the worker and the module of the job, with another copy of this package
 * perhaps, mean the same.
 */

interface CurrentJob {
  id: number;
  /** Made when somebody asks. */
  controller: AbortController | undefined;
  /** Shared with the executor, of threads: the id of the job that was last aborted. */
  aborted: Int32Array | undefined;
}

const place: unique symbol = Symbol.for("yieldfrom.executors.job");
const scope = globalThis as { [place]?: CurrentJob };
scope[place] ??= { id: 0, controller: undefined, aborted: undefined };
const current: CurrentJob = scope[place];

/**
 * In a worker: the AbortSignal of the job that runs, aborted when the job is cancelled while it runs (which the pool's
 * `cancelGrace` allows, or `future.abort()`). Give it to what takes one, or ask it now and then:
 *
 * ```ts
 * // loading.ts, which runs in the workers
 * import { jobSignal } from "@yieldfrom/executors/worker";
 * export async function load(url: string): Promise<string> {
 *   return (await fetch(url, { signal: jobSignal() })).text();
 * }
 * export function count(upTo: number): number {
 *   let n = 0;
 *   while (n < upTo && !jobSignal().aborted) n++;
 *   return n;
 * }
 * ```
 *
 * In a thread the call itself looks whether the job was aborted, so one that never awaits hears of it if it calls
 * `jobSignal()` anew; in a process it hears of it only when it awaits. Take it where the job begins: what goes on
 * after the end of its job would be given the next one's. Where no job runs, the signal is one that is never aborted.
 */
export function jobSignal(): AbortSignal {
  current.controller ??= new AbortController();
  if (current.id !== 0 && current.aborted !== undefined && Atomics.load(current.aborted, 0) === current.id) {
    current.controller.abort();
  }
  return current.controller.signal;
}

/** For the worker: where the executor writes the id of a job that is to be aborted. */
export function watchAborts(aborted: Int32Array): void {
  current.aborted = aborted;
}

/** For the worker: a job begins. */
export function beginJob(id: number): void {
  current.id = id;
  current.controller = undefined;
}

/** For the worker: it has ended. */
export function endJob(): void {
  current.id = 0;
  current.controller = undefined;
}

/** For the worker: the job with that id is no longer wanted; it may have ended already. */
export function abortJob(id: number): void {
  if (id !== current.id || id === 0) return;
  current.controller ??= new AbortController();
  current.controller.abort();
}
