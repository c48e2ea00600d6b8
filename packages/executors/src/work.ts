import type { Transferable } from "node:worker_threads";
import { Future, type JobOwner } from "./future.ts";
import { reason } from "./reason.ts";
import { type Submission, showSubmission } from "./submission.ts";
import { holdsMark, movesOf, unmarked } from "./transfer.ts";
import type { Job } from "./wire.ts";
import { describe, type Reference } from "./worker-function.ts";

/** What a work asks of its pool. */
interface Pool<Parcel> {
  readonly name: string;
  _cancelled(work: Work<Parcel>): void;
  _stop(work: Work<Parcel>, grace: number | null | undefined, isLast: boolean): boolean;
}

/** What is given to a worker at a time: a job and its future, or a chunk of calls and theirs. */
export class Work<Parcel> implements JobOwner {
  readonly reference: Reference;
  readonly futures: readonly Future<unknown>[];
  id = 0;
  /** While it waits: what is to be sent. */
  parcel: Parcel | undefined;
  /** While it waits: its place in the queue. */
  ticket: number | undefined;
  /** While it runs: where. */
  slot: object | undefined;
  private readonly _pool: Pool<Parcel>;
  private readonly _submission: Submission | undefined;

  constructor(pool: Pool<Parcel>, reference: Reference, calls: number, submission?: Submission) {
    this._pool = pool;
    this._submission = submission;
    this.reference = reference;
    const name = describe(reference);
    this.futures = calls === 1 ? [new Future(name, this)] : Array.from({ length: calls }, () => new Future(name, this));
  }

  cancelled(): void {
    if (this.futures.every((future) => future.done())) this._pool._cancelled(this);
  }

  stop(future: Future<unknown>, grace: number | null | undefined): boolean {
    const isLast = this.futures.every((other) => other === future || other.done());
    return this._pool._stop(this, grace, isLast);
  }

  /** Its job, or that call of the chunk, threw. */
  failOne(future: Future<unknown>, error: NonNullable<unknown>): void {
    showSubmission(error, this._submission, this._pool.name);
    future.setException(error);
  }

  /** It has no outcome. The error is made for each future that is not done. */
  fail(makeError: () => Error): void {
    for (const future of this.futures) if (!future.done()) this.failOne(future, makeError());
  }
}

/** Arguments as they are sent. */
export interface Unmarked {
  readonly plain: readonly unknown[];
  readonly moves: Transferable[];
}

const NOTHING: Transferable[] = [];

/** Take the marks of `transfer` off the arguments; off those of each call, if it is a chunk. */
export function takeMarks(args: readonly unknown[], chunk: boolean): Unmarked {
  if (chunk) {
    const rows = (args as readonly (readonly unknown[])[]).map((row) => takeMarks(row, false));
    return { plain: rows.map(({ plain }) => plain), moves: [...new Set(rows.flatMap(({ moves }) => moves))] };
  }
  if (!args.some((arg) => movesOf(arg) !== undefined)) return { plain: args, moves: NOTHING };
  return {
    plain: args.map((arg) => (movesOf(arg) === undefined ? arg : unmarked(arg))),
    moves: [...new Set(args.flatMap((arg) => movesOf(arg) ?? []))],
  };
}

/**
 * The error for a job that can't be sent: which argument it is, why, and what to do. `args` are as they were given, with
 * their marks; `pack` tries one value.
 */
export function unsendable(
  job: Job,
  args: readonly unknown[],
  error: unknown,
  pack: (value: unknown) => void,
): TypeError {
  for (const values of job.chunk ? (args as readonly (readonly unknown[])[]) : [args]) {
    for (const [index, value] of values.entries()) {
      const cause = whyNot(value, pack);
      if (cause === undefined) continue;
      const advice = holdsMark(value)
        ? "transfer() is for a whole argument: transfer(image, [image.pixels.buffer])."
        : "Arguments are copied (structured clone): give plain data, not functions, sockets or streams; " +
          "what can be moved is given as transfer(…).";
      const which = `Argument ${index + 1} of ${values.length} for ${describe(job)}`;
      return new TypeError(`${which} can't be sent to a worker: ${reason(cause)}. ${advice}`, { cause });
    }
  }
  for (const [name, value] of job.context ?? []) {
    const cause = whyNot(value, pack);
    if (cause === undefined) continue;
    const what = `The value of the context variable "${name}" can't be sent to a worker with ${describe(job)}`;
    return new TypeError(`${what}: ${reason(cause)}. A variable that is shared needs plain data as its value.`, {
      cause,
    });
  }
  return new TypeError(`${describe(job)} can't be sent to a worker: ${reason(error)}.`, { cause: error });
}

/** To try a marked value would move it: of these only what was moved before is found. */
function whyNot(value: unknown, pack: (value: unknown) => void): unknown {
  const moves = movesOf(value);
  if (moves !== undefined) {
    const gone = moves.some((each) => each instanceof ArrayBuffer && each.detached);
    return gone ? new Error("it was moved before: its buffer is empty here since then") : undefined;
  }
  try {
    pack(value);
    return undefined;
  } catch (cause) {
    return cause;
  }
}
