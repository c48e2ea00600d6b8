/**
 * Every public error; `exception-group.ts` has the group of several. Three kinds: you misused something (RuntimeError, InvalidStateError, RangeError, TypeError),
 * the world failed (TimeoutError, CancelledError, …), nothing can ever happen again (DeadlockError).
 * `code` is stable and meant to be matched on; messages are for people.
 */
import type { Reason } from "./reason.ts";

/** Something was asked at the wrong moment or in the wrong place. Source: Python's `RuntimeError`. */
export class RuntimeError extends Error {
  override readonly name: string = "RuntimeError";
  readonly code: string = "ERR_RUNTIME";
}

/** A Future was asked for an outcome it does not have, or given a second one. Source: asyncio. */
export class InvalidStateError extends Error {
  override readonly name = "InvalidStateError";
  readonly code = "ERR_INVALID_STATE";
}

/** The time given to an operation ran out. Source: Python's builtin `TimeoutError`. */
export class TimeoutError extends Error {
  override readonly name: string = "TimeoutError";
  readonly code: string = "ERR_TIMEOUT";
}

/** A task was asked to stop; thrown at the `yield*` where it waits. `message` is what `cancel(message)` was given. */
export class CancelledError extends Error {
  override readonly name = "CancelledError";
  readonly code = "ERR_CANCELLED";
  /** @internal */ _reason: Reason | undefined = undefined;

  /**
   * Why, the immediate reason first, then what that one was a consequence of: for example
   * `["task group of 'main', whose body was cancelled", "timeout of 5000 ms"]`. Empty if it was not made by a `cancel()`.
   * In debug mode the reasons say where in the program.
   */
  get reasons(): readonly string[] {
    return this._reason?.texts() ?? [];
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const reasons = this.reasons.map((reason, i) => `\n    ${i === 0 ? "cancelled by" : "because of"} ${reason}`);
    return `${this.stack ?? this}${reasons.join("")}`;
  }
}

/** `run` was interrupted by Ctrl-C (SIGINT). Source: Python's `KeyboardInterrupt`, as `asyncio.run` raises it. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";
  readonly code = "ERR_KEYBOARD_INTERRUPT";
}

/** A context variable has no value. Source: Python's `LookupError`. */
export class LookupError extends Error {
  override readonly name = "LookupError";
  readonly code = "ERR_LOOKUP";
}

/** A barrier was broken, or reset while tasks waited for it. Source: asyncio. */
export class BrokenBarrierError extends RuntimeError {
  override readonly name = "BrokenBarrierError";
  override readonly code = "ERR_BROKEN_BARRIER";
}

/** A queue was shut down: nothing can be put, or nothing is left to get. Source: asyncio. */
export class QueueShutDown extends Error {
  override readonly name = "QueueShutDown";
  readonly code = "ERR_QUEUE_SHUT_DOWN";
}

/** `Queue.getNowait()` found the queue empty. Source: asyncio. */
export class QueueEmpty extends Error {
  override readonly name = "QueueEmpty";
  readonly code = "ERR_QUEUE_EMPTY";
}

/** `Queue.putNowait()` found the queue full. Source: asyncio. */
export class QueueFull extends Error {
  override readonly name = "QueueFull";
  readonly code = "ERR_QUEUE_FULL";
}

/**
 * Nothing can ever run again while something is still waited for: no ready callback, no timer, and the host has
 * nothing under way either. The message lists who waits for what. No counterpart in asyncio, which hangs.
 */
export class DeadlockError extends RuntimeError {
  override readonly name = "DeadlockError";
  override readonly code = "ERR_DEADLOCK";
}

/** A stream ended before all that was to be read had come. Source: asyncio; its base there is Python's `EOFError`. */
export class IncompleteReadError extends Error {
  override readonly name = "IncompleteReadError";
  readonly code = "ERR_INCOMPLETE_READ";
  /** What was read before the end. */
  readonly partial: Uint8Array;
  /** How many bytes were asked for; `null` if it was read up to a separator. */
  readonly expected: number | null;

  constructor(partial: Uint8Array, expected: number | null) {
    const missing = expected === null ? "before the separator that was to be read up to" : `of ${expected} expected`;
    super(`the stream ended after ${partial.length} bytes ${missing}`);
    this.partial = partial;
    this.expected = expected;
  }
}

/** No separator was found within the limit of a stream's buffer. Source: asyncio. */
export class LimitOverrunError extends Error {
  override readonly name = "LimitOverrunError";
  readonly code = "ERR_LIMIT_OVERRUN";
  /** How many bytes of the buffer were looked at and can be read. */
  readonly consumed: number;

  constructor(message: string, consumed: number) {
    super(message);
    this.consumed = consumed;
  }
}

/** Whether an error is a cancellation, made by this copy of the library or by another one. */
export function isCancelled(error: unknown): boolean {
  return (
    error instanceof CancelledError ||
    (error instanceof Error && (error as { code?: unknown }).code === "ERR_CANCELLED")
  );
}

/**
 * A CancelledError without a stack: its stack would show the loop, never the cause, and capturing one costs
 * seven times the error itself.
 */
export function newCancelledError(message: string | undefined, reason?: Reason | undefined): CancelledError {
  const error = withoutStack(message);
  if (!HEADED) Object.defineProperty(error, "stack", { value: String(error), writable: true, configurable: true });
  error._reason = reason;
  return error;
}

function withoutStack(message?: string): CancelledError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new CancelledError(message);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Whether a stack of no frames still has its first line; JavaScriptCore gives none at all. */
const HEADED = withoutStack().stack !== undefined;
