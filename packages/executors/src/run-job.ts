/**
 * What every worker does with a job, in a thread or in a process: it loads the module, calls the function, and answers with an
 * Outcome. It answers always; what is thrown out of here would end the worker. It imports little, because every
 * worker pays for it when it starts.
 */
import { inspect } from "node:util";
import { encodeThrown } from "./encode-error.ts";
import type { Job, Outcome, Stage } from "./wire.ts";

type JobFunction = (...args: readonly unknown[]) => unknown;

const functions = new Map<string, JobFunction>();

/** How outcomes are sent by this worker. */
export interface Sending<Packed> {
  /** Make of an outcome what is sent. Throws DataCloneError when its value can't be. */
  pack(outcome: Outcome): Packed;
  /** The copy of a value that would arrive. Throws DataCloneError when it can't be sent. */
  copy(value: unknown): unknown;
}

/** Run one job. Returns its outcome, packed. */
export async function runJob<Packed>(job: Job, sending: Sending<Packed>): Promise<Packed> {
  let stage: Stage = "module";
  try {
    const fn = functions.get(keyOf(job)) ?? (await load(job));
    stage = "call";
    return packValue(job, await fn(...job.args), sending);
  } catch (error) {
    return sending.pack({ ok: false, stage, error: encodeThrown(error, sending.copy) });
  } finally {
    // Otherwise the main thread may end, or end this worker, before the job's last lines were printed.
    await flushed(process.stdout);
    await flushed(process.stderr);
  }
}

function keyOf({ url, name }: Job): string {
  return `${url} ${name}`;
}

async function load(job: Job): Promise<JobFunction> {
  const exports = await loadModule(job.url);
  const fn = exports[job.name];
  if (typeof fn !== "function") {
    const names = Object.keys(exports).filter((name) => typeof exports[name] === "function");
    const there = job.name in exports ? `is ${inspect(fn, { depth: 0 })}, not a function` : "is not exported";
    const offer = names.length === 0 ? "It exports no function." : `Its functions: ${names.join(", ")}.`;
    throw new Error(`${job.name} ${there} by ${job.url}. ${offer}`);
  }
  functions.set(keyOf(job), fn as JobFunction);
  return fn as JobFunction;
}

async function loadModule(url: string): Promise<Record<string, unknown>> {
  try {
    return await import(url);
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : inspect(cause);
    throw new Error(`${url} could not be loaded in a worker: ${reason}`, { cause });
  }
}

function packValue<Packed>(job: Job, value: unknown, sending: Sending<Packed>): Packed {
  try {
    return sending.pack({ ok: true, value });
  } catch (cause) {
    const advice = isGenerator(value)
      ? "It is a generator: a coroutine can't cross to another worker. Drive it in the worker and return what it " +
        `returns: export function ${job.name}(…) { return run(theCoroutine(…)); }`
      : "A result is copied to whoever asked (structured clone): return plain data, not functions, sockets " +
        "or streams.";
    const what = `${job.name} of ${job.url} returned something that can't be sent back: ${(cause as Error).message}`;
    throw new TypeError(`${what}. ${advice}`, { cause });
  }
}

function isGenerator(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Generator]";
}

function flushed(stream: NodeJS.WriteStream): Promise<void> | undefined {
  if (stream.writableLength === 0) return undefined;
  return new Promise((resolve) => stream.write("", () => resolve()));
}
