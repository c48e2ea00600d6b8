/** Choices that are the same for the same seed. */
import { seeded } from "../../test/seeded.ts";

export class Random {
  readonly #next: (below: number) => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.#next(high - low + 1);
  }

  /** True this many times of a hundred. */
  chance(percent: number): boolean {
    return this.#next(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.#next(items.length)];
    if (item === undefined) throw new Error("Nothing to pick from");
    return item;
  }

  /** One of them, if there is any. */
  maybe<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : this.pick(items);
  }

  /** Some of them, in an order of their own. */
  some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    return Array.from({ length: Math.min(count, left.length) }, () => {
      return left.splice(this.#next(left.length), 1)[0] as T;
    });
  }

  /** A key, as often as its weight says. */
  weighted<K>(weights: ReadonlyMap<K, number>): K {
    let at = this.#next([...weights.values()].reduce((sum, weight) => sum + weight, 0));
    for (const [key, weight] of weights) {
      at -= weight;
      if (at < 0) return key;
    }
    throw new Error("No weight is above nothing");
  }
}
