import { BrokenBarrierError } from "../errors.ts";
import type { Awaitable, Coroutine, Suspension } from "../types.ts";
import { Condition } from "./condition.ts";

/**
 * filling: tasks arrive and wait. draining: all have arrived and leave, and new ones must wait. resetting: those
 * inside are being turned out. broken: nobody gets through until `reset()`.
 */
type State = "filling" | "draining" | "resetting" | "broken";

/**
 * Lets tasks wait until `parties` of them have arrived, then lets all of them go on; again and again.
 * Source: asyncio `Barrier`.
 */
export class Barrier implements Awaitable<number> {
  /** How many tasks it takes. */
  readonly parties: number;
  private readonly _changed = new Condition();
  private _state: State = "filling";
  /** Tasks inside. */
  private _count = 0;

  /** @throws RangeError if `parties` is not a whole number of at least 1 */
  constructor(parties: number) {
    if (!Number.isInteger(parties) || parties < 1) {
      throw new RangeError(
        `Expected \`parties\` of a Barrier to be a whole number of at least 1, got ${String(parties)}`,
      );
    }
    this.parties = parties;
  }

  /** How many tasks wait for the others; 0 unless it is filling. */
  get nWaiting(): number {
    return this._state === "filling" ? this._count : 0;
  }

  /** Whether it was aborted. */
  get broken(): boolean {
    return this._state === "broken";
  }

  /**
   * Waits until all parties are there. A cancelled task only leaves; the others go on waiting.
   * @returns the number of its arrival, from 0 on; the last arrival does not wait
   * @throws BrokenBarrierError if it is broken, or is aborted or reset meanwhile
   */
  *wait(): Coroutine<number> {
    using _held = yield* this._changed;
    yield* this._changed.waitFor(() => this._state === "filling" || this._state === "broken");
    if (this.broken) throw new BrokenBarrierError(`${this} was aborted; reset() makes it usable again`);
    try {
      const index = this._count++;
      if (this._count === this.parties) {
        this._state = "draining";
        this._changed.notifyAll();
      } else {
        yield* this._othersArrive();
      }
      return index;
    } finally {
      this._count--;
      if (this._count === 0) {
        if (!this.broken) this._state = "filling";
        this._changed.notifyAll();
      }
    }
  }

  /** As `wait()`. */
  [Symbol.iterator](): Iterator<Suspension, number, unknown> {
    return this.wait();
  }

  /** Turns out those who wait, with a BrokenBarrierError, and makes it usable again. */
  *reset(): Coroutine<void> {
    using _held = yield* this._changed;
    this._state = this._count > 0 ? "resetting" : "filling";
    this._changed.notifyAll();
  }

  /** Breaks it: those who wait, and those who come, get a BrokenBarrierError. */
  *abort(): Coroutine<void> {
    using _held = yield* this._changed;
    this._state = "broken";
    this._changed.notifyAll();
  }

  toString(): string {
    return `<Barrier ${this._state} ${this._count}/${this.parties}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  private *_othersArrive(): Coroutine<void> {
    yield* this._changed.waitFor(() => this._state !== "filling");
    if (this._state !== "draining") throw new BrokenBarrierError(`${this} was reset or aborted while this task waited`);
  }
}
