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
  /** Of the files that were begun and whose length is known. */
  private _announced = 0;
  private _known = 0;

  get totalBytes(): number | null {
    return this.total !== null && this._known + this.skipped + this.failed >= this.total ? this._announced : null;
  }

  /** The length of one more file is known. */
  announce(length: number): void {
    this._announced += length;
    this._known++;
  }

  summary(elapsed: number, interrupted: boolean): Summary {
    const { done, skipped, failed, saved, bytes } = this;
    return { done, skipped, failed, bytes: saved, received: bytes, elapsed, interrupted };
  }
}
