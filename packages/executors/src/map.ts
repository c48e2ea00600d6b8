/**
 * `Executor.map`: what its iterables are zipped from, when its jobs are submitted, and in which order and for how
 * long its results are waited for.
 */
import { inspect } from "node:util";
import { TimeoutError } from "yieldfrom";
import { Fifo } from "./fifo.ts";
import { Future, settleAs } from "./future.ts";

/** What may follow the iterables of `map`. */
export interface MapOptions {
  /** Milliseconds from the call of `map`; an item not done by then fails with TimeoutError. Default: no limit. */
  readonly timeout?: number;
  /**
   * How many items to send to a worker at a time, in one message: less to do for each where the work is small. They run one
   * after the other, and each has its own result or error. Default 1.
   */
  readonly chunksize?: number;
  /**
   * How many jobs (with `chunksize`: chunks) to submit ahead of the results taken, so that long or endless inputs fit.
   * Default: all at once.
   */
  readonly buffersize?: number;
}

/** For a function of parameters A: an iterable for each of them (those for optional ones may be left out), options. */
export type MapArguments<A extends readonly unknown[]> = number extends A["length"]
  ? [...Iterable<A[number]>[]] | [...Iterable<A[number]>[], MapOptions]
  : A extends readonly []
    ? [options?: MapOptions]
    : A extends readonly [infer First, ...infer Rest]
      ? [iterable: Iterable<First>, ...MapArguments<Rest>]
      : A extends readonly [(infer First)?, ...infer Rest]
        ? [options?: MapOptions] | [iterable: Iterable<First>, ...MapArguments<Rest>]
        : never;

type Submit<A extends unknown[], T> = (rows: readonly A[]) => Future<T>[];

/** setTimeout takes no more: about 25 days. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Submit the jobs of a `map`. `inputs` are its iterables and perhaps options. */
export function mapResults<A extends unknown[], T>(submit: Submit<A, T>, inputs: readonly unknown[]): MapResults<T> {
  const { iterables, options } = split(inputs);
  const rows = zip(iterables) as Generator<A, void, void>;
  return new MapResults(submit as Submit<unknown[], T>, rows, options);
}

/**
 * The results of `Executor.map`, in the order of the input, to be gone through once. Plain iteration gives a Future
 * for each (for `yield*`, or `await`), asynchronous iteration the results themselves. Leaving it early, or
 * `using results = executor.map(…)`, cancels the jobs that have not started, in a pool with `cancelGrace` also those
 * that run.
 */
export class MapResults<T> implements IterableIterator<Future<T>>, AsyncIterable<T>, Disposable {
  private readonly _submit: Submit<unknown[], T>;
  private readonly _rows: Iterator<unknown[], void, void>;
  private readonly _chunk: number;
  /** Most items that are submitted and not taken. */
  private readonly _ahead: number;
  private readonly _timeout: number | undefined;
  private readonly _deadline: number;
  private readonly _waiting = new Fifo<Future<T>>();

  /** Made by `Executor.map`. */
  constructor(submit: Submit<unknown[], T>, rows: Iterator<unknown[], void, void>, options: MapOptions) {
    this._submit = submit;
    this._rows = rows;
    this._chunk = options.chunksize ?? 1;
    this._ahead = (options.buffersize ?? Number.POSITIVE_INFINITY) * this._chunk;
    this._timeout = options.timeout;
    this._deadline = performance.now() + (options.timeout ?? 0);
    while (this._waiting.size < this._ahead && this._submitNext());
  }

  /** The Future of the next item. It is waited for by whoever takes it. */
  next(): IteratorResult<Future<T>, undefined> {
    // Before the next is taken: a worker should not wait for work while its result is looked at.
    if (this._waiting.size <= this._ahead - this._chunk + 1) this._submitNext();
    const future = this._waiting.shift();
    if (future === undefined) return { done: true, value: undefined };
    return { done: false, value: this._timeout === undefined ? future : this._limited(future, this._timeout) };
  }

  /** Leave: cancel the jobs not taken that have not started. */
  return(): IteratorResult<Future<T>, undefined> {
    for (let rest = this._waiting.shift(); rest !== undefined; rest = this._waiting.shift()) rest.cancel();
    this._rows.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (const future of this) yield await future;
  }

  [Symbol.dispose](): void {
    this.return();
  }

  /** Submit one more job. Returns false when the iterables have ended; when it throws, the rest is cancelled. */
  private _submitNext(): boolean {
    try {
      const rows: unknown[][] = [];
      for (
        let row = this._nextRow();
        row !== undefined;
        row = rows.length < this._chunk ? this._nextRow() : undefined
      ) {
        rows.push(row);
      }
      if (rows.length === 0) return false;
      for (const future of this._submit(rows)) this._waiting.push(future);
      return true;
    } catch (error) {
      this.return();
      throw error;
    }
  }

  private _nextRow(): unknown[] | undefined {
    const row = this._rows.next();
    return row.done === true ? undefined : row.value;
  }

  /** The same outcome, unless the deadline comes first. Cancelling it cancels the job. */
  private _limited(job: Future<T>, timeout: number): Future<T> {
    if (job.done()) return job;
    const limited = new Future<T>(job.name);
    const timer = setTimeout(
      () => limited.setException(new TimeoutError(`${job.name} was not done ${timeout} ms after map() was called.`)),
      Math.min(Math.max(this._deadline - performance.now(), 0), LONGEST_TIMER),
    );
    limited.addDoneCallback(() => {
      clearTimeout(timer);
      job.cancel();
    });
    job.addDoneCallback(() => {
      if (!limited.done()) settleAs(limited, job);
    });
    return limited;
  }
}

function split(inputs: readonly unknown[]): { iterables: Iterable<unknown>[]; options: MapOptions } {
  const last = inputs.at(-1);
  const hasOptions = inputs.length > 0 && !isIterable(last);
  const iterables = hasOptions ? inputs.slice(0, -1) : inputs;
  for (const [index, iterable] of iterables.entries()) {
    if (isIterable(iterable)) continue;
    throw new TypeError(`Expected iterable ${index + 1} of map to be iterable, got ${inspect(iterable)}.`);
  }
  return { iterables: iterables as Iterable<unknown>[], options: checkOptions(hasOptions ? last : undefined) };
}

function checkOptions(options: unknown = {}): MapOptions {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Expected the last argument of map to be an iterable or options, got ${inspect(options)}.`);
  }
  const { timeout, buffersize, chunksize } = options as MapOptions;
  if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0)) {
    throw new RangeError(`Expected \`timeout\` of map to be milliseconds, 0 or more, got ${inspect(timeout)}.`);
  }
  if (buffersize !== undefined && !(Number.isInteger(buffersize) && buffersize > 0)) {
    throw new RangeError(
      `Expected \`buffersize\` of map to be a whole number of jobs, 1 or more, got ${inspect(buffersize)}.`,
    );
  }
  if (chunksize !== undefined && !(Number.isInteger(chunksize) && chunksize > 0)) {
    throw new RangeError(
      `Expected \`chunksize\` of map to be a whole number of items, 1 or more, got ${inspect(chunksize)}.`,
    );
  }
  return options;
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    value !== null &&
    value !== undefined &&
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function"
  );
}

/** Rows of one item from each; ends with the shortest, and then closes the others. */
function* zip(iterables: readonly Iterable<unknown>[]): Generator<unknown[], void, void> {
  if (iterables.length === 0) return;
  const open = new Set(iterables.map((iterable) => iterable[Symbol.iterator]()));
  const iterators = [...open];
  try {
    for (;;) {
      const row: unknown[] = [];
      for (const iterator of iterators) {
        const { done, value } = iterator.next();
        if (done === true) {
          open.delete(iterator);
          return;
        }
        row.push(value);
      }
      yield row;
    }
  } finally {
    for (const iterator of open) iterator.return?.();
  }
}
