import type { DownloadEvent, FailedEvent, SkippedEvent } from "../../events.ts";

/** Failures that are kept to be shown at the end. */
export const SHOWN_FAILURES = 20;

/** Counts what becomes of the items, in bounded memory. */
export class Tally {
  done = 0;
  failed = 0;
  skipped: Record<SkippedEvent["reason"], number> = { exists: 0, unchanged: 0, duplicate: 0, clash: 0, "dry-run": 0 };
  /** Of the files that are done. */
  bytes = 0;
  /** Of those, bytes that were there from before. */
  resumed = 0;
  /** Bytes that are kept of files that failed. */
  kept = 0;
  /** The first failures. */
  readonly failures: FailedEvent[] = [];

  add(event: DownloadEvent): void {
    switch (event.type) {
      case "done":
        this.done++;
        this.bytes += event.bytes;
        this.resumed += event.resumed;
        return;
      case "skipped":
        this.skipped[event.reason]++;
        if (event.reason === "dry-run") this.bytes += event.bytes ?? 0;
        return;
      case "failed":
        this.failed++;
        this.kept += event.kept;
        if (this.failures.length < SHOWN_FAILURES) this.failures.push(event);
    }
  }
}
