/**
 * What a pool needs to know of its workers, be they threads or processes. The pool decides how many there are, what
 * each of them does and when one has to go; behind these interfaces is only how one is started, spoken to and ended.
 */
import type { Transferable } from "node:worker_threads";
import type { FromWorker, Job } from "./wire.ts";

/** A kind of worker. A `Parcel` is a job in the form in which it is sent. */
export interface WorkerKind<Parcel> {
  /**
   * Make ready what is to be sent for a job. If it `waits` it is sent later, and its values must be copied now: the
   * caller may change them. `moves` are what its arguments hold that is to be moved, not copied.
   *
   * Throws DataCloneError when a value can't be sent.
   */
  pack(job: Job, moves: Transferable[], waits: boolean): Parcel;

  /** Start one. `initializer` is a job to be run first; it ends up in `Ready`. */
  start(events: WorkerEvents, initializer: Job | undefined): WorkerLink<Parcel>;
}

/** One worker. It keeps the process alive only while it is held. */
export interface WorkerLink<Parcel> {
  /** Send a job. Throws DataCloneError when a value can't be sent; then nothing was. */
  send(parcel: Parcel): void;
  /** Tell it that the job with this id is no longer wanted. */
  abort(id: number): void;
  /** Whether it keeps the process alive: while it has a job. */
  hold(held: boolean): void;
  /** End it, which has no job; `ended` follows. */
  end(): void;
  /** End it, whatever it does; `ended` follows. Calling it again is harmless. */
  terminate(): void;
}

/** What a worker tells its pool. */
export interface WorkerEvents {
  received(message: FromWorker): void;
  /** An answer came that can't be read: the job has no outcome. */
  unreadable(cause: unknown): void;
  /** It is gone, with what is known of its end; called once, after everything that it sent. */
  ended(cause: Error): void;
}
