import { milliseconds } from "../checks.ts";
import { type Future, PENDING, release } from "../future.ts";
import { getRunningLoop } from "../loop/current.ts";
import type { TimerHandle } from "../loop/handle.ts";
import type { Suspension } from "../types.ts";
import { Operation } from "./operation.ts";
import { baton, done, YIELDED } from "./suspend.ts";

/**
 * Waits `ms` milliseconds and gives `result`. With 0 or less it gives way for one iteration of the loop.
 * Source: asyncio `sleep` (there in seconds).
 * @throws RangeError for NaN
 */
export function sleep(ms: number): Operation<void>;
export function sleep<T>(ms: number, result: T): Operation<T>;
export function sleep(ms: number, result?: unknown): Operation<unknown> {
  if (milliseconds("ms", ms) > 0) return new Sleep(ms, result);
  return result === undefined ? giveWay : new GiveWayWith(result);
}

class Sleep extends Operation<unknown> {
  declare private readonly _ms: number;
  declare private readonly _result: unknown;
  declare private _future: Future<void> | null;
  declare private _timer: TimerHandle | null;

  constructor(ms: number, result: unknown) {
    super();
    this._future = null;
    this._timer = null;
    this._ms = ms;
    this._result = result;
  }

  override get _title(): string {
    return `sleep(${this._ms})`;
  }

  override next(): IteratorResult<Suspension, unknown> {
    if (this._future === null) {
      const loop = getRunningLoop();
      this._future = loop.createFuture<void>();
      this._timer = loop.callLater(this._ms, release, this._future);
      return this._future.next();
    }
    // Not yet: a second task was given the coroutine that waits here.
    if (this._future._state === PENDING) return this._future.next();
    (this._timer as TimerHandle).cancel();
    this._future.next();
    return done(this._result);
  }

  protected override _interrupted(): void {
    this._timer?.cancel();
  }
}

/** `sleep(0)`: one for all, without state of its own. `baton.resumed` says which of its two calls this is. */
class GiveWay extends Operation<void> {
  override get _title(): string {
    return "sleep(0)";
  }

  constructor() {
    super({ reusable: true });
  }

  override [Symbol.iterator](): this {
    return this;
  }

  override next(): IteratorResult<Suspension, void> {
    if (!baton.resumed) return YIELDED;
    baton.resumed = false;
    return done(undefined);
  }
}

const giveWay = new GiveWay();

/** `sleep(0, result)`. */
class GiveWayWith extends Operation<unknown> {
  override get _title(): string {
    return "sleep(0)";
  }

  private readonly _result: unknown;

  constructor(result: unknown) {
    super();
    this._result = result;
  }

  override next(): IteratorResult<Suspension, unknown> {
    const { done: isDone } = giveWay.next();
    return isDone ? done(this._result) : YIELDED;
  }
}
