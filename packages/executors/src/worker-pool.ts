import { inspect } from "node:util";
import { type ExecutorFunction, RuntimeError } from "yieldfrom";
import { decodeThrown } from "./decode-error.ts";
import { type BrokenExecutor, WorkerModuleError } from "./errors.ts";
import { Executor, type ShutdownOptions } from "./executor.ts";
import { Fifo } from "./fifo.ts";
import { Future } from "./future.ts";
import type { Outcome } from "./wire.ts";
import { describe, mustBeReference, type Reference } from "./worker-function.ts";
import type { PreparedJob, Workers } from "./workers.ts";

interface Work {
  readonly reference: Reference;
  readonly start: PreparedJob;
  readonly future: Future<unknown>;
}

/**
 * What a pool of threads and one of processes have in common: the queue in front of the workers, and what becomes of
 * the jobs. At most `maxWorkers` jobs are with the workers at a time, first come first served, so that a queued one can be cancelled.
 */
export abstract class WorkerPool extends Executor {
  override readonly name: string;
  /** Most jobs that run at a time. */
  readonly maxWorkers: number;
  /** @internal Who runs the jobs. */
  protected abstract readonly _workers: Workers;
  private readonly _queue = new Fifo<Work>();
  private _running = 0;
  private _closed: PromiseWithResolvers<void> | undefined;

  protected constructor(name: string, maxWorkers: number) {
    super();
    if (!Number.isInteger(maxWorkers) || maxWorkers < 1) {
      throw new RangeError(`Expected \`maxWorkers\` to be a whole number, 1 or more, got ${inspect(maxWorkers)}.`);
    }
    this.name = name;
    this.maxWorkers = maxWorkers;
  }

  override submit<A extends unknown[], R>(fn: ExecutorFunction<A, R>, ...args: A): Future<Awaited<R>> {
    const reference = mustBeReference(fn, this.name);
    if (this._closed !== undefined) {
      const advice = "Submit before shutdown(), or inside the block of `await using`.";
      throw new RuntimeError(`${this.name} was given ${describe(reference)} after its shutdown. ${advice}`);
    }
    const start = this._prepare(reference, args);
    const future = new Future<unknown>(describe(reference));
    const ticket = this._queue.push({ reference, start, future });
    future.addDoneCallback(() => {
      if (!future.cancelled()) return;
      this._queue.remove(ticket);
      future.setRunningOrNotifyCancel();
    });
    this._startJobs();
    return future as Future<Awaited<R>>;
  }

  override shutdown({ wait = true, cancelFutures = false }: ShutdownOptions = {}): Promise<void> {
    this._closed ??= Promise.withResolvers<void>();
    if (cancelFutures) for (const { future } of this._queue.snapshot()) future.cancel();
    this._endWhenDone();
    return wait ? this._closed.promise : Promise.resolve();
  }

  [inspect.custom](): string {
    const state = this._closed === undefined ? "" : " shutdown";
    return `<${this.constructor.name}${state} name='${this.name}' running=${this._running}/${this.maxWorkers} queued=${this._queue.size}>`;
  }

  private _prepare(reference: Reference, args: readonly unknown[]): PreparedJob {
    try {
      return this._workers.prepare({ ...reference, args });
    } catch (error) {
      const { index, cause } = this._unsendable(reference, args) ?? { index: 0, cause: error };
      throw new TypeError(
        `Argument ${index + 1} of ${args.length} for ${describe(reference)} can't be sent to a worker: ` +
          `${reason(cause)}. Arguments are copied (structured clone): give plain data, not functions, sockets or streams.`,
        { cause },
      );
    }
  }

  private _unsendable(reference: Reference, args: readonly unknown[]) {
    for (const [index, arg] of args.entries()) {
      try {
        this._workers.prepare({ ...reference, args: [arg] });
      } catch (cause) {
        return { index, cause };
      }
    }
    return undefined;
  }

  private _startJobs(): void {
    while (this._running < this.maxWorkers) {
      const work = this._queue.shift();
      if (work === undefined) return;
      work.future.setRunningOrNotifyCancel();
      this._running++;
      void this._run(work);
    }
  }

  private async _run({ reference, start, future }: Work): Promise<void> {
    const outcome = start().then(
      (outcome) => settle(future, outcome),
      (cause) => future.setException(this._broken(reference, cause)),
    );
    await outcome.finally(() => {
      this._running--;
      this._startJobs();
      this._endWhenDone();
    });
  }

  /** @internal The error of a job whose worker ended before it did; `cause` is what the workers know of that. */
  protected abstract _broken(reference: Reference, cause: unknown): BrokenExecutor;

  private _endWhenDone(): void {
    // Nothing runs only when nothing waits either.
    if (this._closed === undefined || this._running > 0) return;
    this._closed.resolve(this._workers.destroy());
  }
}

function settle(future: Future<unknown>, outcome: Outcome): void {
  if (outcome.ok) {
    future.setResult(outcome.value);
    return;
  }
  const thrown = decodeThrown(outcome.error);
  if (outcome.stage === "call") future.setException(thrown as NonNullable<unknown>);
  else future.setException(new WorkerModuleError(reason(thrown), { cause: (thrown as Error).cause }));
}

/** An error's message, to stand inside a sentence. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, "") : inspect(error);
}
