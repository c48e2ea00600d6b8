import { milliseconds } from "../checks.ts";
import { isCancelled } from "../errors.ts";
import { coroutine } from "../task/coroutine.ts";
import { awaitableFrom } from "../task/ensure.ts";
import { sleep } from "../task/sleep.ts";
import type { Awaitable, Coroutine } from "../types.ts";

/** Options of `retry`. */
export interface RetryOptions {
  /** How often the body is run at most; 3 by default. */
  readonly attempts?: number | undefined;
  /** Milliseconds to wait after the first failure; 100 by default. */
  readonly delay?: number | undefined;
  /** By what the delay is multiplied after each failure; 2 by default. */
  readonly factor?: number | undefined;
  /** The longest delay in milliseconds; none by default. */
  readonly maxDelay?: number | undefined;
  /** Changes a delay, for instance at random: `(ms) => ms * Math.random()`. Asked last, so also beyond `maxDelay`. */
  readonly jitter?: ((ms: number) => number) | undefined;
  /** Whether an error is worth another attempt; any is by default. Also the place to log it. */
  readonly retryIf?: ((error: unknown, attempt: number) => boolean) | undefined;
}

/**
 * Runs `body` until it succeeds, with growing pauses, in the calling task.
 *
 * ```ts
 * const page = yield* retry(() => timeout(5000, () => fetchPage(url)), { retryIf: (error) => error instanceof TimeoutError });
 * ```
 * A cancellation is never retried, and ends a pause.
 * @param body given the number of the attempt, from 1 on
 * @throws the error of the last attempt; RangeError if `attempts` is no whole number of at least 1, or Infinity, or `factor`
 *   is less than 0
 */
export function retry<T>(body: (attempt: number) => Awaitable<T>, options: RetryOptions = {}): Coroutine<T> {
  return attemptsAt(body, options) as Coroutine<T>;
}

const attemptsAt = /* @__PURE__ */ coroutine(function* retry(
  body: (attempt: number) => Awaitable<unknown>,
  { attempts = 3, delay = 100, factor = 2, maxDelay = Number.POSITIVE_INFINITY, jitter, retryIf }: RetryOptions,
): Coroutine<unknown> {
  if (!(Number.isInteger(attempts) || attempts === Number.POSITIVE_INFINITY) || attempts < 1) {
    throw new RangeError(`Expected \`attempts\` of retry() to be a whole number of at least 1, got ${attempts}`);
  }
  if (!(factor >= 0))
    throw new RangeError(`Expected \`factor\` of retry() to be a number of at least 0, got ${factor}`);
  const longest = milliseconds("maxDelay", maxDelay);
  let pause = milliseconds("delay", delay);
  for (let attempt = 1; ; attempt++) {
    try {
      return yield* awaitableFrom("retry", body, attempt);
    } catch (error) {
      if (isCancelled(error) || attempt >= attempts || retryIf?.(error, attempt) === false) throw error;
    }
    const ms = Math.min(pause, longest);
    yield* sleep(jitter === undefined ? ms : jitter(ms));
    pause *= factor;
  }
});
