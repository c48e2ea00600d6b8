/**
 * The public words of yieldfrom that are types only.
 */

/** Its name is read in the compiler's message about a `yield` that should be a `yield*`. */
declare const writeYieldStar: unique symbol;

/**
 * What a coroutine yields to its event loop. Opaque: user code never makes, reads or yields one, it writes
 * `yield*` before an awaitable and the awaitable does.
 */
export interface Suspension {
  readonly [writeYieldStar]: never;
}

/**
 * Anything that may stand behind `yield*` in a coroutine: a coroutine, a Future or Task, `sleep(…)`,
 * `lock.acquire()`, `queue.get()`. The type of the `yield*` expression is `T`.
 *
 * One of your own is written as a generator, `*[Symbol.iterator]() { return yield* this.future; }`. An iterator written by
 * hand must pass `next` and `throw` on to the awaitable it stands on: cancellations come by `throw`, and so do questions
 * where a coroutine stands, which must not be taken for errors.
 */
export interface Awaitable<T> {
  [Symbol.iterator](): Iterator<Suspension, T, unknown>;
}

/**
 * What a coroutine function (`function*` that delegates with `yield*` only) returns when called. It does
 * nothing until it is driven: by `yield*`, by `createTask` or by `run`.
 */
export interface Coroutine<T> extends Generator<Suspension, T, unknown> {}

/** A `function*` whose calls return coroutines, or any function that returns an awaitable. */
export type AwaitableFunction<A extends unknown[], T> = (...args: A) => Awaitable<T>;

/** The result type of an awaitable. */
export type Awaited<A> = A extends Awaitable<infer T> ? T : never;
