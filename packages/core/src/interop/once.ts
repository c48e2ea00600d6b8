import type { Future } from "../future.ts";
import { getRunningLoop } from "../loop/current.ts";
import { brief } from "../print.ts";
import { Operation } from "../task/operation.ts";
import type { Suspension } from "../types.ts";

/** What `once` needs of an emitter in the manner of Node. */
export interface Emitter {
  on(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
  off(event: string | symbol, listener: (...args: unknown[]) => void): unknown;
}

/** The type of an event, as the `on…` property of its target tells it. */
type EventOf<T, N extends string> = `on${N}` extends keyof T
  ? NonNullable<T[`on${N}`]> extends (event: infer E) => unknown
    ? E
    : Event
  : Event;

/**
 * Waits for one event: of an EventTarget it gives the Event, of an emitter the arguments. Source: Node's `events.once`.
 *
 * ```ts
 * const [code] = yield* once<[number]>(child, "exit");
 * const message = yield* once(socket, "message");
 * ```
 * It listens from when the awaiting starts, and not from the call; so start it before what causes the event, if that may
 * be fast: `createTask(once(socket, "open"), { eagerStart: true })` listens at once. No listener stays behind.
 * @throws the argument of an emitter's "error" event, unless that is the one awaited
 */
export function once<A extends unknown[] = unknown[]>(target: Emitter, event: string | symbol): Operation<A>;
export function once<T extends EventTarget, N extends string>(target: T, event: N): Operation<EventOf<T, N>>;
export function once<E extends Event>(target: EventTarget, event: string): Operation<E>;
export function once(target: Emitter | EventTarget, event: string | symbol): Operation<unknown> {
  if (typeof event !== "string" && typeof event !== "symbol") {
    throw new TypeError(`Expected \`event\` of once() to be the name of an event, got ${brief(event)}`);
  }
  const given = target as Partial<Emitter & EventTarget> | null | undefined;
  if (typeof given?.on === "function" && typeof given.off === "function") {
    return new OnceEmitted(given as Emitter, event);
  }
  if (typeof given?.addEventListener === "function") return new OnceDispatched(given as EventTarget, event);
  throw new TypeError(`Expected \`target\` of once() to be an EventTarget or an emitter, got ${brief(target)}`);
}

abstract class Once extends Operation<unknown> {
  protected readonly _event: string | symbol;
  protected _future: Future<unknown> | null = null;

  constructor(event: string | symbol) {
    super();
    this._event = event;
  }

  override get _title(): string {
    return `once(${brief(this._event)})`;
  }

  protected abstract _listen(): void;
  protected abstract _unlisten(): void;

  override next(): IteratorResult<Suspension, unknown> {
    if (this._future === null) {
      this._future = getRunningLoop().createFuture();
      try {
        this._listen();
      } catch (error) {
        this.throw(error);
      }
    } else if (this._future.cancelled()) this.throw(this._future._takeCancelledError());
    return this._future.next();
  }

  protected override _interrupted(): void {
    this._unlisten();
  }

  /** Not as from a host's callback: whoever emits may be in the midst of something, another loop for one. */
  protected _happened(value: unknown): void {
    this._unlisten();
    if (this._future?.done() === false) this._future.setResult(value);
  }

  protected _failed(error: unknown): void {
    this._unlisten();
    if (this._future?.done() === false) this._future.setException(error);
  }
}

class OnceDispatched extends Once {
  private readonly _target: EventTarget;
  private readonly _listener = (event: Event) => this._happened(event);

  constructor(target: EventTarget, event: string | symbol) {
    super(event);
    this._target = target;
  }

  protected override _listen(): void {
    this._target.addEventListener(this._event as string, this._listener);
  }

  protected override _unlisten(): void {
    this._target.removeEventListener(this._event as string, this._listener);
  }
}

class OnceEmitted extends Once {
  private readonly _target: Emitter;
  private readonly _listener = (...args: unknown[]) => this._happened(args);
  private readonly _onError = (error: unknown) => this._failed(error);

  constructor(target: Emitter, event: string | symbol) {
    super(event);
    this._target = target;
  }

  protected override _listen(): void {
    if (this._event !== "error") this._target.on("error", this._onError);
    this._target.on(this._event, this._listener);
  }

  protected override _unlisten(): void {
    this._target.off(this._event, this._listener);
    if (this._event !== "error") this._target.off("error", this._onError);
  }
}
