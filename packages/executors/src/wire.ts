/**
 * What travels between the threads: one Job there, one Outcome back. Types only, so both sides may import it.
 */

/** A call: an export of a module, and the arguments for it (copies already, nobody else holds them). */
export interface Job {
  readonly url: string;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** How a job ended. Never a bare throw: structured clone would strip the error, and could refuse it. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: Encoded; readonly stage: Stage };

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
