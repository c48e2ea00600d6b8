/** The bar around an iterable. */

import { Bar, processSurroundings, type Surroundings } from "./bar.ts";
import type { Output } from "./host.ts";
import { show, type TqdmOptions } from "./options.ts";

/**
 * Prints a line above all live bars of the terminal that `file` is on, which are taken away for it and drawn again.
 *
 * @param text the line, sent as it is; a line end is added.
 * @param options `file`: the stream to print on; default standard output. Source: tqdm `write`.
 */
export function write(text: string, { file }: { file?: Output | undefined } = {}): void {
  processSurroundings.display.write(text, file);
}

/**
 * An iterable that shows how far its iteration is. An item counts when the loop comes back for the next one; leaving
 * the loop by `break`, `return` or a throw closes the bar, and the iterable's own iterator.
 */
export class Tqdm<T> extends Bar implements Iterable<T> {
  /** {@link write} */
  static readonly write = write;

  readonly #iterable: Iterable<T> | null;

  /** `null` instead of an iterable makes a bar for {@link Bar.update}. Options and errors: {@link tqdm}. */
  constructor(iterable: Iterable<T> | null, options: TqdmOptions = {}, surroundings?: Surroundings) {
    super(withTotal(options, iterable), surroundings);
    this.#iterable = iterable;
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    try {
      if (this.#iterable === null) {
        throw new TypeError("tqdm: this bar was made without an iterable: move it by update(), or write tqdm(items).");
      }
      for (const item of this.#iterable) {
        yield item;
        this.update();
      }
    } finally {
      this.close();
    }
  }
}

/** {@link Tqdm} for `for await`. */
export class AsyncTqdm<T> extends Bar implements AsyncIterable<T> {
  readonly #iterable: AsyncIterable<T>;

  constructor(iterable: AsyncIterable<T>, options: TqdmOptions = {}, surroundings?: Surroundings) {
    super(withTotal(options, iterable), surroundings);
    this.#iterable = iterable;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for await (const item of this.#iterable) {
        yield item;
        this.update();
      }
    } finally {
      this.close();
    }
  }
}

/**
 * Wraps `iterable` so that a loop over it draws a progress bar, on standard error and only if that is a terminal:
 * `for (const file of tqdm(files, { desc: "get" })) ...`. With `null` it makes a bar to be moved by hand.
 *
 * Defaults can be set by `TQDM_*` environment variables (`TQDM_DISABLE=1`, `TQDM_MININTERVAL=500`).
 *
 * @throws TypeError if `iterable` cannot be iterated; TypeError or RangeError, naming it, for a wrong option or variable.
 */
export function tqdm<T>(iterable: Iterable<T>, options?: TqdmOptions): Tqdm<T>;
export function tqdm<T>(iterable: AsyncIterable<T>, options?: TqdmOptions): AsyncTqdm<T>;
export function tqdm(iterable?: null, options?: TqdmOptions): Tqdm<never>;
export function tqdm<T>(
  iterable?: Iterable<T> | AsyncIterable<T> | null,
  options?: TqdmOptions,
): Tqdm<T> | AsyncTqdm<T> {
  if (iterable === null || iterable === undefined) return new Tqdm<T>(null, options);
  // Strings are iterable too, so no test for objects.
  if (typeof (iterable as Partial<Iterable<T>>)[Symbol.iterator] === "function") {
    return new Tqdm(iterable as Iterable<T>, options);
  }
  if (typeof (iterable as Partial<AsyncIterable<T>>)[Symbol.asyncIterator] === "function") {
    return new AsyncTqdm(iterable as AsyncIterable<T>, options);
  }
  throw new TypeError(
    `tqdm: expected something iterable, or null for a bar moved by update(); got ${show(iterable)}. For the parts of an object write Object.entries(object).`,
  );
}

function withTotal(options: TqdmOptions, iterable: object | string | null): TqdmOptions {
  return options.total == null && iterable !== null ? { ...options, total: sizeOf(iterable) } : options;
}

function sizeOf(iterable: object | string): number | undefined {
  // A string's length counts halves of characters that iteration gives whole.
  if (typeof iterable === "string") return Array.from(iterable).length;
  const { length, size } = iterable as { length?: unknown; size?: unknown };
  return [length, size].find((value): value is number => Number.isSafeInteger(value) && (value as number) >= 0);
}
