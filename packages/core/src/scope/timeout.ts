import { millisecondsOrNull } from "../checks.ts";
import { CancelledError, RuntimeError, TimeoutError } from "../errors.ts";
import { current, getRunningLoop } from "../loop/current.ts";
import type { Handle } from "../loop/handle.ts";
import { cancelFor, Reason } from "../reason.ts";
import { coroutine } from "../task/coroutine.ts";
import { currentTask } from "../task/create.ts";
import { awaitableFrom } from "../task/ensure.ts";
import { placeIfDebug } from "../task/origins.ts";
import type { Task } from "../task/task.ts";
import type { Awaitable, Coroutine } from "../types.ts";

/**
 * Runs `body` and cancels what it waits for once `ms` milliseconds have passed; then a TimeoutError is thrown from
 * here. Everything stays in the calling task. Source: asyncio `timeout`.
 *
 * ```ts
 * const page = yield* timeout(5000, () => session.get(url));
 * ```
 * @param ms milliseconds from now; `null` for no limit, which `reschedule` may set later
 * @param body a function that returns an awaitable, a `function*` for instance; given the scope
 * @throws TimeoutError
 */
export function timeout<T>(ms: number | null, body: (scope: Timeout) => Awaitable<T>): Coroutine<T> {
  return within(ms, "ms", body, placeIfDebug(current.loop)) as Coroutine<T>;
}

/** `timeout` with a deadline in loop time. Source: asyncio `timeout_at`. */
export function timeoutAt<T>(when: number | null, body: (scope: Timeout) => Awaitable<T>): Coroutine<T> {
  return within(when, "when", body, placeIfDebug(current.loop)) as Coroutine<T>;
}

const within = /* @__PURE__ */ coroutine(function* timeout(
  limit: number | null,
  name: "ms" | "when",
  body: (scope: Timeout) => Awaitable<unknown>,
  place: string,
): Coroutine<unknown> {
  let when = millisecondsOrNull(name, limit);
  if (when !== null && name === "ms") when += getRunningLoop().time();
  const scope = new Timeout(when);
  if (name === "ms") scope._ms = limit;
  scope._at = place;
  scope._enter();
  let result: unknown;
  try {
    result = yield* awaitableFrom("timeout", body, scope);
  } catch (error) {
    throw scope._exit(error, true);
  }
  scope._exit(undefined, false);
  return result;
});

/** A Timeout is used once, and goes through these states in order. EXPIRING: it has cancelled its task. */
type State = "created" | "active" | "expiring" | "expired" | "finished";

/**
 * The scope of a `timeout`: tells its own cancellation from anybody else's by counting.
 *
 * It notes how many cancellations its task had when it was entered, and takes its own back when it is left. If the
 * count is then no higher than at the start, the CancelledError was its own and becomes a TimeoutError; else
 * someone else wants the task to stop as well, and the CancelledError goes on. Source: asyncio `Timeout`.
 */
export class Timeout {
  declare private _state: State;
  declare private _when: number | null;
  declare private _task: Task<unknown> | null;
  declare private _requestsBefore: number;
  declare private _handle: Handle | null;
  /** @internal What it was given as a time from its start. */ declare _ms: number | null;
  /** @internal Where it was made, in debug mode. */ declare _at: string;

  /** @param when deadline in loop time, milliseconds; `null` for none */
  constructor(when: number | null) {
    this._state = "created";
    this._task = null;
    this._requestsBefore = 0;
    this._handle = null;
    this._ms = null;
    this._at = "";
    this._when = when;
  }

  /** The deadline in loop time, milliseconds; `null` if there is none. */
  when(): number | null {
    return this._when;
  }

  /** Whether the deadline has passed and the body was cancelled for it. */
  expired(): boolean {
    return this._state === "expiring" || this._state === "expired";
  }

  /**
   * Moves the deadline to loop time `when`, or takes it away by `null`.
   * @throws RuntimeError if the scope is not active
   */
  reschedule(when: number | null): void {
    if (this._state !== "active")
      throw new RuntimeError(`reschedule() of a timeout that is ${this._state}, not active`);
    this._ms = null;
    this._arm(when);
  }

  private _arm(when: number | null): void {
    this._when = when;
    this._handle?.cancel();
    this._handle = null;
    if (when === null) return;
    const loop = getRunningLoop();
    const expire = () => this._expire();
    this._handle = when <= loop.time() ? loop.callSoon(expire) : loop.callAt(when, expire);
  }

  toString(): string {
    return `<Timeout ${this._state}${this._when === null ? "" : ` when=${this._when}`}>`;
  }

  /** @internal */
  _enter(): void {
    if (this._state !== "created") throw new RuntimeError("a Timeout can be entered only once; make a new one");
    const task = currentTask();
    if (task === null) throw new RuntimeError("timeout() must be used inside a task");
    this._state = "active";
    this._task = task;
    this._requestsBefore = task.cancelling();
    this._arm(this._when);
  }

  /** @internal Returns the error to throw instead of `error`. */
  _exit(error: unknown, failed: boolean): unknown {
    this._handle?.cancel();
    this._handle = null;
    const task = this._task as Task<unknown>;
    this._task = null;
    if (this._state === "active") {
      this._state = "finished";
      return error;
    }
    this._state = "expired";
    const ownCancel = task.uncancel() <= this._requestsBefore;
    if (failed && ownCancel && error instanceof CancelledError) {
      const limit = this._ms === null ? "time" : `${this._ms} ms`;
      return new TimeoutError(`the ${limit} given to ${task._title()} ran out`, { cause: error });
    }
    return error;
  }

  private _expire(): void {
    this._handle = null;
    this._state = "expiring";
    const { _ms, _when, _at } = this;
    const reason = new Reason(() => `${_ms === null ? `deadline at ${_when} ms` : `timeout of ${_ms} ms`}${_at}`);
    cancelFor(reason, this._task as Task<unknown>);
  }
}
