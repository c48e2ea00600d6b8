import { availableParallelism } from "node:os";
import { inspect } from "node:util";
import { type ExecutorFunction, RuntimeError } from "yieldfrom";
import { decodeThrown } from "./decode-error.ts";
import type { BrokenExecutor } from "./errors.ts";
import { Executor, type ShutdownOptions } from "./executor.ts";
import { Fifo } from "./fifo.ts";
import { Future } from "./future.ts";
import { graceOf, type WorkerPoolOptions, wholeNumber } from "./pool-options.ts";
import { reason } from "./reason.ts";
import { settle } from "./settle.ts";
import { valuesToSend } from "./shared-context.ts";
import { Slot } from "./slot.ts";
import { submissionHere } from "./submission.ts";
import type { Failure, FromWorker, Job } from "./wire.ts";
import { takeMarks, type Unmarked, unsendable, Work } from "./work.ts";
import { describe, mustBeReference, type Reference } from "./worker-function.ts";
import type { WorkerEvents, WorkerKind, WorkerLink } from "./workers.ts";

/** The grace of `abort()` in a pool that has none. */
const ABORT_GRACE = 1000;
/** After so many workers in a row that ended while they started the next would do so too. */
const MOST_FAILED_STARTS = 3;
/** setTimeout takes no more: about 25 days. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * What a pool of threads and one of processes have in common: the queue in front of the workers, and what becomes of
 * jobs and workers.
 *
 * P1. A worker has one job at a time; all others wait here, first come first served, so that they can be cancelled.
 * P2. A job is given to the worker that was idle last. Else it waits for the first one that has nothing to do, be it a
 *     new one: there are as many on their way as jobs wait, if P3 allows. So a worker that fails to start costs no job.
 * P3. There are never more than `maxWorkers` workers, those that are about to end among them.
 * P4. A worker keeps the process alive while it has a job, or starts while jobs wait. Nothing waits unless some
 *     worker has one, starts, or is about to end.
 */
export abstract class WorkerPool<Parcel> extends Executor {
  override readonly name: string;
  /** Most jobs that run at a time. */
  readonly maxWorkers: number;
  private readonly _kind: WorkerKind<Parcel>;
  private readonly _initializer: Job | undefined;
  private readonly _mostJobs: number;
  private readonly _cancelGrace: number | null;
  private readonly _queue = new Fifo<Work<Parcel>>();
  private readonly _slots = new Set<Slot<Parcel>>();
  private readonly _idle: Slot<Parcel>[] = [];
  private _jobs = 0;
  /** How many workers are on their way. */
  private _starting = 0;
  /** Whether those keep the process alive (P4). */
  private _startersHeld = false;
  /** How those ended that did so on it, since one arrived. */
  private readonly _failedStarts: unknown[] = [];
  /** Whether it was said that it has to do with fewer workers. */
  private _shortOfWorkers = false;
  private _broken: BrokenExecutor | undefined;
  private _closed = false;
  /** Who waits for the end. */
  private readonly _enders: Future<void>[] = [];

  protected constructor(name: string, kind: WorkerKind<Parcel>, options: WorkerPoolOptions<unknown[]>) {
    super();
    const { maxWorkers, initializer, initargs, maxTasksPerChild, cancelGrace } = options;
    this.name = name;
    this.maxWorkers = wholeNumber("maxWorkers", maxWorkers ?? Math.min(32, availableParallelism() + 4));
    this._kind = kind;
    this._mostJobs =
      (maxTasksPerChild ?? null) === null
        ? Number.POSITIVE_INFINITY
        : wholeNumber("maxTasksPerChild", maxTasksPerChild);
    this._cancelGrace = graceOf(cancelGrace ?? null);
    if (initializer !== undefined) {
      const job = { id: 0, ...mustBeReference(initializer, `\`initializer\` of ${name}`), args: [...(initargs ?? [])] };
      // To see now what would only be seen by the workers.
      this._packed(job, job.args, [], true);
      this._initializer = job;
    }
  }

  override submit<A extends unknown[], R>(fn: ExecutorFunction<A, R>, ...args: A): Future<Awaited<R>> {
    const reference = this._accept(fn);
    const work = new Work<Parcel>(this, reference, 1, submissionHere(this.submit));
    this._enqueue(work, args, false);
    return work.futures[0] as Future<Awaited<R>>;
  }

  protected override submitChunk<A extends unknown[], R>(
    fn: ExecutorFunction<A, R>,
    rows: readonly A[],
  ): Future<Awaited<R>>[] {
    if (rows.length === 1) return super.submitChunk(fn, rows);
    const work = new Work<Parcel>(this, this._accept(fn), rows.length, submissionHere(this.map));
    this._enqueue(work, rows, true);
    return work.futures as Future<Awaited<R>>[];
  }

  override shutdown({ wait = true, cancelFutures = false }: ShutdownOptions = {}): Future<void> {
    this._closed = true;
    if (cancelFutures) for (const work of this._queue.snapshot()) for (const future of work.futures) future.cancel();
    const ended = new Future<void>(`shutdown() of ${this.name}`);
    if (wait) this._enders.push(ended);
    else ended.setResult(undefined);
    this._endWhenDone();
    return ended;
  }

  [inspect.custom](): string {
    const state = this._broken === undefined ? (this._closed ? " shutdown" : "") : " broken";
    const running = `running=${this._running()}/${this.maxWorkers}`;
    return `<${this.constructor.name}${state} name='${this.name}' ${running} queued=${this._queue.size}>`;
  }

  /** @internal What a worker is called in messages: thread, process. */
  protected abstract readonly _noun: string;
  /** @internal The error of this executor when it loses a worker. */
  protected abstract _brokenError(message: string, cause: unknown): BrokenExecutor;
  /** @internal What ends a worker, for the message about one that ended. */
  protected abstract readonly _endings: string;

  /** @internal A work was cancelled before it was given to a worker. */
  _cancelled(work: Work<Parcel>): void {
    if (work.ticket !== undefined) this._queue.remove(work.ticket);
    work.ticket = undefined;
    this._holdStarters();
  }

  /** @internal A work is no longer wanted while it runs. Returns whether that can be. */
  _stop(work: Work<Parcel>, grace: number | null | undefined, isLast: boolean): boolean {
    const patience = grace ?? this._cancelGrace ?? (grace === null ? ABORT_GRACE : null);
    if (patience === null) return false;
    const slot = work.slot as Slot<Parcel> | undefined;
    if (slot === undefined || !isLast) return true;
    clearTimeout(slot.timer);
    if (patience === 0) this._end(slot);
    else {
      slot.link.abort(work.id);
      if (patience === Number.POSITIVE_INFINITY) return true;
      slot.timer = setTimeout(() => this._end(slot), Math.min(patience, LONGEST_TIMER));
    }
    return true;
  }

  private _accept(fn: unknown): Reference {
    const reference = mustBeReference(fn, this.name);
    if (this._closed) {
      const advice = "Submit before shutdown(), or inside the block of `await using`.";
      throw new RuntimeError(`${this.name} was given ${describe(reference)} after its shutdown. ${advice}`);
    }
    if (this._broken !== undefined) throw this._brokenError(this._broken.message, this._broken.cause);
    return reference;
  }

  /** Give a work to a worker, or let it wait (P2). Throws TypeError when its arguments can't be sent. */
  private _enqueue(work: Work<Parcel>, args: readonly unknown[], chunk: boolean): void {
    const context = valuesToSend();
    const { plain, moves } = takeMarks(args, chunk);
    const { url, name } = work.reference;
    work.id = ++this._jobs;
    const job: Job = { id: work.id, url, name, args: plain, ...(chunk && { chunk }), ...(context && { context }) };
    const slot = this._idle.pop();
    if (slot === undefined) {
      work.parcel = this._packed(job, args, moves, true);
      work.ticket = this._queue.push(work);
      this._startWorkers();
      return;
    }
    try {
      slot.link.send(this._packed(job, args, moves, false));
    } catch (error) {
      this._idle.push(slot);
      throw error instanceof TypeError ? error : this._unsendable(job, args, error);
    }
    slot.link.hold(true);
    this._given(slot, work);
  }

  private _packed(job: Job, args: readonly unknown[], moves: Unmarked["moves"], waits: boolean): Parcel {
    try {
      return this._kind.pack(job, moves, waits);
    } catch (error) {
      throw this._unsendable(job, args, error);
    }
  }

  private _unsendable(job: Job, args: readonly unknown[], error: unknown): TypeError {
    return unsendable(job, args, error, (value) => this._kind.pack({ ...job, args: [value] }, [], true));
  }

  private _startWorkers(): void {
    while (this._queue.size > this._starting && this._slots.size < this.maxWorkers) {
      if (!this._startWorker()) break;
    }
    this._holdStarters();
  }

  /** Another worker may have taken the job that one is started for. */
  private _holdStarters(): void {
    const held = this._queue.size > 0;
    if (held === this._startersHeld) return;
    this._startersHeld = held;
    for (const slot of this._slots) if (!slot.ready && !slot.ending) slot.link.hold(held);
  }

  /** Returns whether to go on with the next. */
  private _startWorker(): boolean {
    const slot = new Slot<Parcel>();
    const events: WorkerEvents = {
      received: (message) => this._received(slot, message),
      unreadable: (cause) => this._unreadable(slot, cause),
      ended: (cause) => this._ended(slot, cause),
    };
    try {
      slot.link = this._kind.start(events, this._initializer);
    } catch (error) {
      return this._startFailed(error);
    }
    slot.link.hold(this._startersHeld);
    this._slots.add(slot);
    this._starting++;
    return true;
  }

  private _given(slot: Slot<Parcel>, work: Work<Parcel>): void {
    slot.work = work;
    slot.given++;
    work.slot = slot;
    work.parcel = undefined;
    work.ticket = undefined;
    for (const future of work.futures) if (!future.done()) future.setRunningOrNotifyCancel();
  }

  private _received(slot: Slot<Parcel>, message: FromWorker): void {
    if ("ready" in message) {
      this._started(slot, message.ready);
      return;
    }
    const work = slot.takeWork();
    // Its next job first: the worker can begin while here it is seen to what came of the last.
    this._next(slot);
    if (work !== undefined) settle(work, message);
    this._endWhenDone();
  }

  private _started(slot: Slot<Parcel>, ready: true | Failure): void {
    slot.ready = true;
    this._starting--;
    if (ready === true) {
      this._shortOfWorkers = false;
      for (const cause of this._failedStarts.splice(0)) {
        console.error(`A ${this._noun} of ${this.name} ended while it started; another has taken its place.\n`, cause);
      }
      this._next(slot);
    } else {
      const cause = decodeThrown(ready.error);
      this._end(slot);
      // The others would fail as well.
      this._breakDown(`its initializer ${describe(this._initializer as Job)} failed: ${reason(cause)}`, cause);
    }
    this._endWhenDone();
  }

  private _unreadable(slot: Slot<Parcel>, cause: unknown): void {
    const work = slot.takeWork();
    this._next(slot);
    const what = `What ${work && describe(work.reference)} returned can't be read here: ${reason(cause)}.`;
    work?.fail(() => new TypeError(what, { cause }));
    this._endWhenDone();
  }

  /** The worker has nothing to do. */
  private _next(slot: Slot<Parcel>): void {
    if (slot.ending) return;
    if (slot.given >= this._mostJobs || this._broken !== undefined) {
      this._end(slot);
      return;
    }
    const given = this._giveFirst(slot);
    this._holdStarters();
    if (given) return;
    slot.link.hold(false);
    this._idle.push(slot);
  }

  private _giveFirst(slot: Slot<Parcel>): boolean {
    for (let work = this._queue.shift(); work !== undefined; work = this._queue.shift()) {
      if (this._sent(slot, work)) return true;
    }
    return false;
  }

  private _sent(slot: Slot<Parcel>, work: Work<Parcel>): boolean {
    try {
      slot.link.send(work.parcel as Parcel);
    } catch (cause) {
      // It could be copied when it was submitted: a port or stream of it was closed since.
      for (const future of work.futures) if (!future.done()) future.setRunningOrNotifyCancel();
      work.fail(
        () => new TypeError(`${describe(work.reference)} can't be sent any more: ${reason(cause)}.`, { cause }),
      );
      return false;
    }
    this._given(slot, work);
    return true;
  }

  private _end(slot: Slot<Parcel>): void {
    slot.ending = true;
    if (slot.work === undefined) slot.link.end();
    else slot.link.terminate();
  }

  /**
   * @internal For pools whose workers can be ended by force: shut down, cancel the jobs that wait, and `end` all workers;
   * the jobs that run fail. `why` is what their errors say.
   */
  protected _endNow(why: string, end: (link: WorkerLink<Parcel>) => void): Future<void> {
    const ended = this.shutdown({ cancelFutures: true });
    for (const slot of this._slots) {
      slot.ending = true;
      slot.why = why;
      end(slot.link);
    }
    return ended;
  }

  private _ended(slot: Slot<Parcel>, cause: Error): void {
    this._slots.delete(slot);
    const index = this._idle.indexOf(slot);
    if (index >= 0) this._idle.splice(index, 1);
    const work = slot.takeWork();
    work?.fail(() => this._brokenError(this._obituary(slot, work, cause), cause));
    if (slot.ready && work === undefined && !slot.ending) {
      console.error(`A ${this._noun} of ${this.name} ended while it had no job; it is replaced when needed.\n`, cause);
    }
    if (!slot.ready) this._starting--;
    if (slot.ready || slot.ending || this._startFailed(cause)) this._startWorkers();
    this._endWhenDone();
  }

  private _obituary(slot: Slot<Parcel>, work: Work<Parcel>, cause: Error): string {
    const what = `The ${this._noun} that ran ${describe(work.reference)} for ${this.name} ended before the job did`;
    return slot.why === undefined ? `${what}: ${reason(cause)}. ${this._endings}` : `${what}: ${slot.why}.`;
  }

  /** Returns whether to try again now: not if there are others, which will do the jobs that wait. */
  private _startFailed(cause: unknown): boolean {
    for (const slot of this._slots) {
      if (!slot.ready || slot.ending) continue;
      if (!this._shortOfWorkers) {
        console.error(`A ${this._noun} of ${this.name} could not be started; it goes on with those it has.\n`, cause);
      }
      this._shortOfWorkers = true;
      return false;
    }
    this._failedStarts.push(cause);
    if (this._failedStarts.length < MOST_FAILED_STARTS) return true;
    const why = `the last ${MOST_FAILED_STARTS} times a ${this._noun} ended while it started: ${reason(cause)}`;
    this._breakDown(why, cause);
    return false;
  }

  /** It will never work. What waits fails; jobs that run end as they do. */
  private _breakDown(why: string, cause: unknown): void {
    const message = `${this.name} is broken: ${why}. It takes no more jobs; make a new one.`;
    this._broken ??= this._brokenError(message, cause);
    const works: Work<Parcel>[] = [];
    for (let work = this._queue.shift(); work !== undefined; work = this._queue.shift()) works.push(work);
    this._holdStarters();
    for (const slot of this._idle.splice(0)) this._end(slot);
    for (const work of works) work.fail(() => this._brokenError(message, cause));
  }

  private _running(): number {
    let running = 0;
    for (const slot of this._slots) if (slot.work !== undefined) running++;
    return running;
  }

  private _endWhenDone(): void {
    if (!this._closed || this._queue.size > 0) return;
    for (const slot of this._slots) if (slot.work === undefined && !slot.ending) this._end(slot);
    this._idle.length = 0;
    if (this._slots.size === 0)
      for (const ended of this._enders.splice(0)) if (!ended.done()) ended.setResult(undefined);
  }
}
