import { milliseconds } from "../checks.ts";
import { FINISHED, Future, PENDING } from "../future.ts";
import { current, getRunningLoop, NOBODY } from "../loop/current.ts";
import type { Timer } from "../loop/handle.ts";
import type { EventLoop } from "../loops/event-loop.ts";
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
  declare private _alarm: Alarm | null;

  constructor(ms: number, result: unknown) {
    super();
    this._alarm = null;
    this._ms = ms;
    this._result = result;
  }

  override get _title(): string {
    return `sleep(${this._ms})`;
  }

  override next(): IteratorResult<Suspension, unknown> {
    const alarm = this._alarm;
    if (alarm === null) {
      this._alarm = new Alarm(getRunningLoop(), this._ms);
      return this._alarm.next();
    }
    // Not yet: a second task was given the coroutine that waits here.
    if (alarm._state === PENDING) return alarm.next();
    if (alarm._inHeap) alarm._takeBack();
    alarm.next();
    return done(this._result);
  }

  protected override _interrupted(): void {
    if (this._alarm?._inHeap) this._alarm._takeBack();
  }
}

/** What a sleep waits for, and its timer at once. */
class Alarm extends Future<void> implements Timer {
  declare readonly _when: number;
  declare _order: number;
  declare _cancelled: boolean;
  declare _inHeap: boolean;

  constructor(loop: EventLoop, ms: number) {
    super(loop._plain);
    this._when = loop.time() + ms;
    this._order = 0;
    this._cancelled = false;
    this._inHeap = false;
    loop._setTimer(this);
  }

  override get _kind(): string {
    return "Future";
  }

  _run(): void {
    current.running = NOBODY;
    if (this._state === PENDING) this._settle(FINISHED);
  }

  _takeBack(): void {
    this._cancelled = true;
    this._loop._timers.noteCancelled();
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
