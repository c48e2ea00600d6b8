import type { Operation } from "../task/operation.ts";
import { Wait, WaitQueue } from "./waiters.ts";

/** A flag that tasks can wait for. Source: asyncio `Event`. */
export class Event {
  private _isSet = false;
  private readonly _waiters = new WaitQueue(this);

  /** Whether it is set. */
  isSet(): boolean {
    return this._isSet;
  }

  /** Sets it and wakes all who wait, for good: clearing it at once does not put them back. */
  set(): void {
    if (this._isSet) return;
    this._isSet = true;
    this._waiters.releaseAll();
  }

  /** Unsets it. */
  clear(): void {
    this._isSet = false;
  }

  /** Waits until it is set; returns at once if it is. */
  wait(): Operation<true> {
    return new EventWait(this, this._waiters);
  }

  toString(): string {
    const { size } = this._waiters;
    return `<Event ${this._isSet ? "set" : "unset"}${size > 0 ? ` waiters=${size}` : ""}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

class EventWait extends Wait<true> {
  declare private readonly _event: Event;

  constructor(event: Event, waiters: WaitQueue) {
    super(waiters);
    this._event = event;
  }

  override get _title(): string {
    return "Event.wait()";
  }

  protected override _takeNow(): boolean {
    return this._event.isSet();
  }

  protected override _granted(): void {}

  /** All are woken alike, so there is nothing to hand on. */
  protected override _givenUp(): void {}

  protected override _value(): true {
    return true;
  }
}
