import { type Awaitable, type Coroutine, Lock } from "yieldfrom";
import type { Job } from "./job.ts";

/** Who has a name now and how many want it. */
interface Wanted {
  readonly lock: Lock;
  users: number;
}

/** For items that overwrite each other under one name: one at a time has it, and the last one of the list remains. */
export class Turns {
  private readonly _wanted = new Map<string, Wanted>();
  /** Numbers of items that have replaced others. */
  private readonly _last = new Map<string, number>();

  /** Runs `body` when the item has its name to itself. */
  *one(job: Job, body: () => Awaitable<void>): Coroutine<void> {
    const { name } = job;
    const wanted = this._wanted.get(name) ?? { lock: new Lock(), users: 0 };
    this._wanted.set(name, wanted);
    wanted.users++;
    try {
      using _turn = yield* wanted.lock;
      yield* body();
    } finally {
      if (--wanted.users === 0) this._wanted.delete(name);
    }
  }

  /** Whether a later item of the list is there under the name. */
  isLate({ name, n }: Job): boolean {
    return (this._last.get(name) ?? 0) > n;
  }

  /** The item is there now, and others may have been. */
  saved({ name, n, replacesItem }: Job): void {
    if (replacesItem) this._last.set(name, n);
  }
}
