import type { Summary } from "../events.ts";
import type { ProgressView } from "../progress-view.ts";
import type { Job } from "./job.ts";

/** What was done so far. */
export class Counts implements ProgressView {
  done = 0;
  skipped = 0;
  failed = 0;
  total: number | null = null;
  /** Over the network, of bodies. */
  bytes = 0;
  /** Of the files that are done. */
  saved = 0;
  readonly active = new Set<Job>();
  /** Items whose length is known, or that have none, and the sum of the lengths. */
  private _known = 0;
  private _announced = 0;

  get totalBytes(): number | null {
    return this.total !== null && this._known >= this.total ? this._announced : null;
  }

  /** `total` bytes are what the file will have, by what is known now; null: that is not known. */
  announce(job: Job, total: number | null): void {
    if (job.total === null && total !== null) this._known++;
    if (job.total !== null && total === null) this._known--;
    this._announced += (total ?? 0) - (job.total ?? 0);
    job.total = total;
  }

  /** `n` bytes of its body came. */
  came(job: Job, n: number): void {
    job.bytes += n;
    job.received += n;
    this.bytes += n;
  }

  /** The item has its outcome: a file of `bytes`, or none. */
  end(job: Job, bytes = 0): void {
    job.ended = true;
    this.announce(job, bytes);
    this.saved += bytes;
  }

  /** An item that is none has its outcome. */
  endUnusable(): void {
    this._known++;
  }

  summary(elapsed: number, interrupted: boolean): Summary {
    const { done, skipped, failed, saved, bytes } = this;
    return { done, skipped, failed, bytes: saved, received: bytes, elapsed, interrupted };
  }
}
