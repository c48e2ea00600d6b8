import type { Future } from "../future.ts";
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
  if (typeof ms !== "number") throw new TypeError(`Expected \`ms\` to be a number of milliseconds, got ${String(ms)}`);
  if (Number.isNaN(ms)) throw new RangeError("Expected `ms` to be a number of milliseconds, got NaN");
  if (ms > 0) return new Sleep(ms, result);
  return result === undefined ? giveWay : new GiveWay(result);
}

class Sleep extends Operation<unknown> {
  private readonly _ms: number;
  private readonly _result: unknown;
  private _future: Future<void> | null = null;
  private _timer: TimerHandle | null = null;

  constructor(ms: number, result: unknown) {
    super();
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
      this._timer = loop.callLater(this._ms, wakeUp, this._future);
      return this._future.next();
    }
    (this._timer as TimerHandle).cancel();
    this._future.next();
    return done(this._result);
  }

  override throw(error: unknown): never {
    this._timer?.cancel();
    throw error;
  }
}

function wakeUp(future: Future<void>): void {
  if (!future.done()) future.setResult(undefined);
}

/** `sleep(0)` keeps no state of its own: the task that resumes says by `baton.resumed` which call this is. */
class GiveWay extends Operation<unknown> {
  override readonly _title = "sleep(0)";
  private readonly _result: unknown;

  constructor(result: unknown) {
    super();
    this._result = result;
  }

  override [Symbol.iterator](): this {
    return this;
  }

  override next(): IteratorResult<Suspension, unknown> {
    if (!baton.resumed) return YIELDED;
    baton.resumed = false;
    return done(this._result);
  }
}

const giveWay = new GiveWay(undefined);
