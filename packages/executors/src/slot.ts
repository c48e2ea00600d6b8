import type { Work } from "./work.ts";
import type { WorkerLink } from "./workers.ts";

/** A worker, as its pool keeps account of it. */
export class Slot<Parcel> {
  declare link: WorkerLink<Parcel>;
  /** What it does. */
  work: Work<Parcel> | undefined = undefined;
  /** How many jobs it was given. */
  given = 0;
  /** Whether it takes jobs by now. */
  ready = false;
  /** Whether it was ended by us. */
  ending = false;
  /** Why its job is ended with it, if that was not the job's own doing. */
  why: string | undefined = undefined;
  /** Ends it when its job has been aborted and goes on. */
  timer: NodeJS.Timeout | undefined = undefined;

  /** It has come to the end of its work, in whatever way. */
  takeWork(): Work<Parcel> | undefined {
    const { work } = this;
    this.work = undefined;
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.timer = undefined;
    if (work !== undefined) work.slot = undefined;
    return work;
  }
}
