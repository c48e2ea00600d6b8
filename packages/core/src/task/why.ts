import { current } from "../loop/current.ts";
import { asking, Reason } from "../reason.ts";
import { placeIfDebug } from "./origins.ts";

/** The reason of the `cancel()` under way, for who keeps it; where none was given, who called it. */
export function reasonNow(): Reason {
  return asking.reason ?? byWhom();
}

function byWhom(): Reason {
  const at = placeIfDebug(current.loop);
  // The name only: the reason must not keep the task alive.
  const by = current.running._task?._name;
  return new Reason(() => `cancel() ${by === undefined ? "outside of tasks" : `in ${named(by)}`}${at}`);
}

/** A task's name, which is a number until someone asks. */
export function named(name: string | number): string {
  return typeof name === "number" ? `'Task-${name}'` : `'${name}'`;
}
