import { RuntimeError } from "../errors.ts";
import type { Awaitable, Suspension } from "../types.ts";
import { answerProbe, PROBE } from "./probe.ts";
import { noteCreated, noteStarted } from "./unawaited.ts";

/**
 * An awaitable that does nothing until `yield*` drives it, and then once: what asyncio writes as a coroutine
 * function (`sleep`, `Lock.acquire`, `Queue.get`) and we, for speed, as an iterator without a generator.
 *
 * Like a coroutine it may be given to `createTask`, is reported when it was never awaited, and can't be
 * awaited twice.
 */
export abstract class Operation<T> implements Awaitable<T> {
  /** @internal See unawaited.ts; here since a field that is added later costs more. */ declare _stage: unknown;

  /** @param options.reusable it keeps no state, so one may be awaited any number of times, or never */
  constructor(options?: { readonly reusable: boolean }) {
    this._stage = undefined;
    if (!options?.reusable) noteCreated(this);
  }

  /** What it is called in messages, as `Lock.acquire()`. */
  abstract readonly _title: string;

  /** For `yield*`: called first when the awaiting starts, then each time the task is resumed. */
  abstract next(): IteratorResult<Suspension, T>;

  /** For `yield*`: called when the task is resumed by an error, a cancellation above all. */
  throw(error: unknown): IteratorResult<Suspension, T> {
    if (error === PROBE) return answerProbe();
    this._interrupted(error);
    throw error;
  }

  /** The wait is ended by an error, which is thrown on after this. */
  protected _interrupted(_error: unknown): void {}

  [Symbol.iterator](): this {
    if (!noteStarted(this))
      throw new RuntimeError(`${this._title} was awaited already; call it again for each \`yield*\``);
    return this;
  }
}

/** Whether `value` is one of the library's own lazy awaitables, which `createTask` takes as it takes a coroutine. */
export function isOperation(value: unknown): value is Operation<unknown> {
  return value instanceof Operation;
}
