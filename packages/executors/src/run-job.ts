/**
 * What every worker does with its jobs, in a thread or in a process: it loads the module, calls the function, and
 * answers. It answers always; what is thrown out of here would end the worker. It imports little, because every
 * worker pays for it when it starts.
 */
import { inspect } from "node:util";
import type { Transferable } from "node:worker_threads";
import { abortJob, beginJob, endJob, jobSignal } from "./current-job.ts";
import { encodeThrown } from "./encode-error.ts";
import { reason } from "./reason.ts";
import { enterValues } from "./shared-context.ts";
import { holdsMark, movesOf, unmarked } from "./transfer.ts";
import type { Answer, Failure, FromWorker, Job, Outcome, Stage, ToWorker } from "./wire.ts";

type JobFunction = (...args: readonly unknown[]) => unknown;

/** How this worker sends. */
export interface Sending {
  /** Send. Throws DataCloneError when something in it can't be; then nothing was. */
  send(message: FromWorker, moves: Transferable[]): void;
  /** The copy of a value that would arrive. Throws DataCloneError when it can't be sent. */
  copy(value: unknown): unknown;
}

/**
 * The jobs of one worker, one at a time. A function that doesn't wait is called and answered in the step in which its
 * job came: no Promise stands in between, as one costs as much as all the rest here.
 */
export class JobRunner {
  private readonly _sending: Sending;
  private readonly _functions = new Map<string, JobFunction>();
  private _leaveContext: (() => void) | undefined;

  constructor(sending: Sending) {
    this._sending = sending;
  }

  /** To be called before the first message is taken: runs the initializer, and says that it is ready. */
  async begin(initializer: Job | undefined): Promise<void> {
    let stage: Stage = "module";
    try {
      if (initializer !== undefined) {
        const fn = await this._load(initializer);
        stage = "call";
        await fn(...initializer.args);
      }
      this._sending.send({ ready: true }, []);
    } catch (error) {
      this._sending.send({ ready: this._failure(error, stage) }, []);
    }
  }

  /** A message came. */
  receive(message: ToWorker): void {
    if ("abort" in message) {
      abortJob(message.abort);
      return;
    }
    const fn = this._functions.get(keyOf(message));
    if (fn === undefined) void this._loadAndCall(message);
    else {
      beginJob(message.id);
      this._call(message, fn);
    }
  }

  /** A message came that can't be read: of what is sent to a worker, a job alone holds values of the caller's. */
  unreadable(cause: unknown): void {
    const error = new TypeError(`The arguments can't be read in the worker: ${reason(cause)}.`, { cause });
    this._sending.send(this._failure(error, "call"), []);
  }

  private async _loadAndCall(job: Job): Promise<void> {
    // It has begun already, so that it is found when it is aborted meanwhile.
    beginJob(job.id);
    let fn: JobFunction;
    try {
      fn = await this._load(job);
    } catch (error) {
      this._end(job, allOf(job, this._failure(error, "module")), []);
      return;
    }
    if (jobSignal().aborted) {
      const error = new Error(`${job.name} was aborted before it was called.`);
      this._end(job, allOf(job, this._failure(error, "call")), []);
    } else this._call(job, fn);
  }

  private _call(job: Job, fn: JobFunction): void {
    if (job.context !== undefined) this._leaveContext = enterValues(job.context);
    if (job.chunk) {
      void this._callEach(job, fn);
      return;
    }
    let value: unknown;
    try {
      value = fn(...job.args);
    } catch (error) {
      this._end(job, this._failure(error, "call"), []);
      return;
    }
    if (!isThenable(value)) this._returned(job, value);
    else {
      Promise.resolve(value).then(
        (value) => this._returned(job, value),
        (error) => this._end(job, this._failure(error, "call"), []),
      );
    }
  }

  /** Each call of a chunk has an outcome of its own; one that fails does not keep the next from being made. */
  private async _callEach(job: Job, fn: JobFunction): Promise<void> {
    const outcomes: Outcome[] = [];
    const moves: Transferable[] = [];
    for (const args of job.args as readonly (readonly unknown[])[]) {
      // Nobody waits for the rest.
      if (jobSignal().aborted) break;
      try {
        const value = await fn(...args);
        outcomes.push({ ok: true, value: movesOf(value) === undefined ? value : unmarked(value) });
        moves.push(...(movesOf(value) ?? []));
      } catch (error) {
        outcomes.push(this._failure(error, "call"));
      }
    }
    this._end(job, { outcomes }, moves);
  }

  private _returned(job: Job, value: unknown): void {
    const moves = movesOf(value);
    if (moves === undefined) this._end(job, { ok: true, value }, []);
    else this._end(job, { ok: true, value: unmarked(value) }, moves);
  }

  private _end(job: Job, answer: Answer, moves: Transferable[]): void {
    endJob();
    this._leaveContext?.();
    this._leaveContext = undefined;
    const { stdout, stderr } = process;
    if (stdout.writableLength === 0 && stderr.writableLength === 0) this._answer(job, answer, moves);
    else {
      // Otherwise the main thread may end, or end this worker, before the job's last lines were printed.
      void Promise.all([flushed(stdout), flushed(stderr)]).then(() => this._answer(job, answer, moves));
    }
  }

  private _answer(job: Job, answer: Answer, moves: Transferable[]): void {
    try {
      this._sending.send(answer, moves);
    } catch (cause) {
      this._sending.send(this._sendable(job, answer, cause), []);
    }
  }

  /** The same answer, with what can't be sent replaced by an error that says so. */
  private _sendable(job: Job, answer: Answer, cause: unknown): Answer {
    if (!("outcomes" in answer))
      return answer.ok ? this._failure(unsendable(job, answer.value, cause), "call") : answer;
    const outcomes = answer.outcomes.map((outcome) => {
      if (!outcome.ok) return outcome;
      try {
        return { ok: true, value: this._sending.copy(outcome.value) } as const;
      } catch (cause) {
        return this._failure(unsendable(job, outcome.value, cause), "call");
      }
    });
    return { outcomes };
  }

  private _failure(error: unknown, stage: Stage): Failure {
    return { ok: false, stage, error: encodeThrown(error, this._sending.copy) };
  }

  private async _load(job: Job): Promise<JobFunction> {
    const exports = await loadModule(job.url);
    const fn = exports[job.name];
    if (typeof fn !== "function") {
      const names = Object.keys(exports).filter((name) => typeof exports[name] === "function");
      const there = job.name in exports ? `is ${inspect(fn, { depth: 0 })}, not a function` : "is not exported";
      const offer = names.length === 0 ? "It exports no function." : `Its functions: ${names.join(", ")}.`;
      throw new Error(`${job.name} ${there} by ${job.url}. ${offer}`);
    }
    this._functions.set(keyOf(job), fn as JobFunction);
    return fn as JobFunction;
  }
}

function allOf(job: Job, failure: Failure): Answer {
  return job.chunk ? { outcomes: job.args.map(() => failure) } : failure;
}

function keyOf({ url, name }: Job): string {
  return `${url} ${name}`;
}

async function loadModule(url: string): Promise<Record<string, unknown>> {
  try {
    return await import(url);
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : inspect(cause);
    throw new Error(`${url} could not be loaded in a worker: ${reason}`, { cause });
  }
}

function isThenable(value: unknown): boolean {
  return (
    value !== null && typeof value === "object" && typeof (value as Partial<PromiseLike<unknown>>).then === "function"
  );
}

function unsendable(job: Job, value: unknown, cause: unknown): TypeError {
  const what = `${job.name} of ${job.url} returned something that can't be sent back: ${reason(cause)}`;
  return new TypeError(`${what}. ${advice(job, value)}`, { cause });
}

function advice(job: Job, value: unknown): string {
  if (Object.prototype.toString.call(value) === "[object Generator]") {
    return (
      "It is a generator: a coroutine can't cross to another worker. Drive it in the worker and return what it " +
      `returns: export function ${job.name}(…) { return run(theCoroutine(…)); }`
    );
  }
  if (holdsMark(value)) return "transfer() is for the whole result: return transfer(result, [result.pixels.buffer]).";
  return (
    "A result is copied to whoever asked (structured clone): return plain data, not functions, sockets " +
    "or streams; what can be moved is sent with transfer(…)."
  );
}

function flushed(stream: NodeJS.WriteStream): Promise<void> | undefined {
  if (stream.writableLength === 0) return undefined;
  return new Promise((resolve) => stream.write("", () => resolve()));
}
