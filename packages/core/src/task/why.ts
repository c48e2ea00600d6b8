import { current } from "../loop/current.ts";
import { asking, Reason } from "../reason.ts";
import { placeIfDebug } from "./origins.ts";

/** The reason of the `cancel()` under way, for who keeps it; where none was given, who called it. */
export function reasonNow(): Reason {
  return asking.reason ?? byWhom();
}

function byWhom(): Reason {
  return new CancelCall(current.running._task?._name, placeIfDebug(current.loop));
}

/** A `cancel()` for which nobody gave a reason. It holds the task's name only, as it must not keep the task alive. */
class CancelCall extends Reason {
  private readonly _by: string | number | undefined;

  constructor(by: string | number | undefined, at: string) {
    super(at);
    this._by = by;
  }

  protected override _text(at: string): string {
    return `cancel() ${this._by === undefined ? "outside of tasks" : `in ${named(this._by)}`}${at}`;
  }
}

/** A task's name, which is a number until someone asks. */
export function named(name: string | number): string {
  return typeof name === "number" ? `'Task-${name}'` : `'${name}'`;
}
