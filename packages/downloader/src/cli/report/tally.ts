import type { DownloadEvent, FailedEvent, SkippedEvent } from "../../events.ts";

/** Failures that are kept to be shown at the end. */
export const SHOWN_FAILURES = 20;

/** Of items that were under way when everything was stopped. */
const INTERRUPTED = "ERR_INTERRUPTED";

/** Counts what becomes of the items, in bounded memory. */
export class Tally {
  done = 0;
  failed = 0;
  /** Under way when everything was stopped; not among the failed. */
  interrupted = 0;
  readonly skipped: Record<SkippedEvent["reason"], number> = {
    exists: 0,
    unchanged: 0,
    duplicate: 0,
    clash: 0,
    "dry-run": 0,
  };
  /** Of the files that are done, or, in a dry run, would be. */
  bytes = 0;
  /** Files of a dry run whose size nobody told. */
  unknown = 0;
  /** That are kept of files that are not done. */
  kept = 0;
  /** The first failures. */
  readonly failures: FailedEvent[] = [];
  /** How many failed by each code, and status where there was one: `ERR_STATUS 404`. */
  readonly reasons = new Map<string, number>();

  /** Items that have an outcome. */
  get ended(): number {
    return this.done + this.failed + this.interrupted + Object.values(this.skipped).reduce((a, b) => a + b);
  }

  add(event: DownloadEvent): void {
    switch (event.type) {
      case "done":
        this.done++;
        this.bytes += event.bytes;
        return;
      case "skipped":
        this.skipped[event.reason]++;
        if (event.reason === "dry-run") {
          if (event.bytes === undefined) this.unknown++;
          else this.bytes += event.bytes;
        }
        return;
      case "failed":
        this._failed(event);
    }
  }

  private _failed(event: FailedEvent): void {
    this.kept += event.kept;
    const { code, status } = event.reason;
    if (code === INTERRUPTED) {
      this.interrupted++;
      return;
    }
    this.failed++;
    const reason = status === undefined ? code : `${code} ${status}`;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    if (this.failures.length < SHOWN_FAILURES) this.failures.push(event);
  }
}
