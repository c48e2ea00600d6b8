/**
 * How long to wait before another attempt: a random time up to a bound that doubles, so that many clients that failed at
 * once don't come back at once. Source: "full jitter" of AWS's "Exponential Backoff And Jitter".
 *
 * @param failures attempts that failed before, from 1
 * @param first the bound of the first wait, milliseconds
 * @param longest the bound of all of them, milliseconds
 * @param random as `Math.random`
 * @returns whole milliseconds
 */
export function backoff(failures: number, first: number, longest: number, random: () => number): number {
  return Math.floor(random() * Math.min(longest, first * 2 ** Math.min(failures - 1, 60)));
}
