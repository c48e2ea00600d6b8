/**
 * What the loop needs of an executor; the executors themselves are in `@yieldfrom/executors`, as asyncio's are in
 * `concurrent.futures`.
 */

/** A mark on the functions that an executor can run elsewhere. Each kind of executor makes its own. */
export const executorFunction: unique symbol = Symbol.for("yieldfrom.executorFunction");

/** A function that an executor accepts: it runs elsewhere, so a closure can't be one. */
export type ExecutorFunction<A extends unknown[], R> = ((...args: A) => R) & { readonly [executorFunction]: true };

/** The future that an executor returns. Source: `concurrent.futures.Future`. */
export interface ExecutorFuture<T> {
  cancel(): boolean;
  cancelled(): boolean;
  done(): boolean;
  result(): T;
  exception(): unknown;
  addDoneCallback(callback: (future: ExecutorFuture<T>) => void): void;
}

/** Runs functions elsewhere. Source: `concurrent.futures.Executor`. */
export interface Executor {
  submit<A extends unknown[], R>(fn: ExecutorFunction<A, R>, ...args: A): ExecutorFuture<Awaited<R>>;
  shutdown(options?: { readonly wait?: boolean; readonly cancelFutures?: boolean }): PromiseLike<void>;
}

/** Makes the pool that `runInExecutor(null, …)` uses; set by importing `@yieldfrom/executors`. */
export const defaultExecutor: { factory: (() => Executor) | null } = { factory: null };

/** Sets how a loop makes its default executor. `@yieldfrom/executors` does it when imported. */
export function setDefaultExecutorFactory(factory: () => Executor): void {
  defaultExecutor.factory = factory;
}
