/**
 * What travels between an executor and its workers, threads or processes. Types only, so both sides may import it.
 *
 * A worker says `Ready` once, then it is given one job at a time and answers each with one Answer. An `AbortRequest`
 * may come in between, also for a job that has just ended.
 */

export type ToWorker = Job | AbortRequest;
export type FromWorker = Ready | Answer;

/** A call: an export of a module, and the arguments for it. */
export interface Job {
  /** Counted up by the executor; 0 for an initializer. */
  readonly id: number;
  readonly url: string;
  readonly name: string;
  readonly args: readonly unknown[];
  /** Whether `args` are the arguments of several calls, one after the other. */
  readonly chunk?: true;
  /** Values of the context variables that cross, by their names. */
  readonly context?: ContextValues;
}

export type ContextValues = readonly (readonly [name: string, value: unknown])[];

/** The job with this id is no longer wanted. */
export interface AbortRequest {
  readonly abort: number;
}

/** The worker takes jobs, or what failed when it began: its initializer. */
export interface Ready {
  readonly ready: true | Failure;
}

/** The outcome of a job; those of all calls of a chunk. */
export type Answer = Outcome | { readonly outcomes: readonly Outcome[] };

/** How a call ended. Never a bare throw: structured clone would strip the error, and could refuse it. */
export type Outcome = { readonly ok: true; readonly value: unknown } | Failure;

export interface Failure {
  readonly ok: false;
  readonly error: Encoded;
  readonly stage: Stage;
}

/** Where a failure belongs: `module` when the function was never reached, `call` when it ran. */
export type Stage = "module" | "call";

/**
 * Something thrown, or something held by what was thrown. The objects may refer to each other in circles (an error
 * that is its own cause): structured clone keeps identity, so decoding rebuilds the same circles.
 */
export type Encoded = EncodedValue | EncodedList | EncodedError;

export interface EncodedValue {
  readonly kind: "value";
  readonly value: unknown;
}

export interface EncodedList {
  readonly kind: "list";
  readonly items: Encoded[];
}

export interface EncodedError {
  readonly kind: "error";
  /** Names of its class and of the classes above, nearest first: the receiver takes the nearest it knows. */
  readonly classes: readonly string[];
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly properties: EncodedProperty[];
}

export interface EncodedProperty {
  readonly key: string;
  readonly enumerable: boolean;
  readonly value: Encoded;
}
