import { type Coroutine, createTask, FIRST_COMPLETED, type Task, wait } from "yieldfrom";
import type { AddressInfo } from "./addresses.ts";

/**
 * The addresses with those of the other family in between, after `first` of the first family. Source: RFC 8305, section 4.
 */
export function interleave(addresses: readonly AddressInfo[], first: number): AddressInfo[] {
  const families = [...Map.groupBy(addresses, ({ family }) => family).values()];
  const result = families[0]?.splice(0, first - 1) ?? [];
  while (families.some((family) => family.length > 0)) {
    for (const family of families) {
      const address = family.shift();
      if (address !== undefined) result.push(address);
    }
  }
  return result;
}

/**
 * Starts one attempt after the other, `delay` milliseconds apart, or as soon as one has failed, and gives the result of the first
 * that succeeds; `null` if none does. The others are cancelled then, and one that has succeeded after all is given to `drop`.
 * Source: asyncio `staggered_race`; RFC 8305, section 5.
 */
export function* staggeredRace<T>(
  attempts: readonly (() => Coroutine<T | null>)[],
  delay: number,
  drop: (result: T) => void,
): Coroutine<T | null> {
  const won: T[] = [];
  try {
    yield* race(attempts, delay, won, drop);
  } catch (error) {
    // Nobody gets it: one of the others has failed badly, or they were waited for when the task was cancelled.
    for (const winner of won.splice(0)) drop(winner);
    throw error;
  }
  const [winner = null, ...others] = won;
  for (const other of others) drop(other);
  return winner;
}

/** Ends when there are some in `won`, and all attempts have ended. */
function* race<T>(
  attempts: readonly (() => Coroutine<T | null>)[],
  delay: number,
  won: T[],
  drop: (result: T) => void,
): Coroutine<void> {
  const pending = new Set<Task<T | null>>();
  const waiting = [...attempts];
  try {
    while (won.length === 0 && (waiting.length > 0 || pending.size > 0)) {
      const next = waiting.shift();
      if (next !== undefined) pending.add(createTask(next()));
      const timeout = waiting.length > 0 ? delay : null;
      const [done] = yield* wait(pending, { timeout, returnWhen: FIRST_COMPLETED });
      for (const task of done) {
        pending.delete(task);
        const result = task.result();
        if (result !== null) won.push(result);
      }
    }
  } finally {
    for (const task of pending) {
      task.cancel();
      task.addDoneCallback(() => {
        if (task.cancelled() || task.exception() !== null) return;
        const late = task.result();
        if (late !== null) drop(late);
      });
    }
    if (pending.size > 0) yield* wait(pending);
  }
}
