/** What one runtime has told. */
import type { Report } from "./guest/report.ts";

export interface Skipped {
  readonly file: string;
  readonly test: string;
  readonly why: string;
}

export class Ledger {
  /** Names of the tests that ended, by file; twice the same name is two tests. */
  readonly ended = new Map<string, string[]>();
  readonly failures: string[] = [];
  readonly skipped: Skipped[] = [];
  passed = 0;
  /** Parts of the suite that were run to their end. */
  done = 0;
  /** When something was last heard, by `performance.now()`. */
  heard = performance.now();
  private _begun: { readonly file: string; readonly test: string } | null = null;
  private _over = false;

  /** Takes a line of JSON. */
  hear(line: string): void {
    this.heard = performance.now();
    const report = JSON.parse(line) as Report;
    if (report.kind === "done") {
      this.done++;
      return;
    }
    const { kind, file, test } = report;
    if (kind === "begin") {
      this._begun = report;
      this._over = false;
      return;
    }
    // Node tells of a test's end only when it gives way; by then the next may have begun.
    if (test === this._begun?.test) this._over = true;
    this.ended.set(file, [...(this.ended.get(file) ?? []), test]);
    if (report.outcome === "passed") this.passed++;
    else if (report.outcome === "skipped") this.skipped.push({ file, test, why: report.why ?? "" });
    else this.failures.push(`${file}: ${test}\n${report.why ?? ""}`);
  }

  /** The test that runs, or the last that ran; for a runtime that broke off. */
  get underWay(): string {
    if (this._begun === null) return "before the first test";
    const { file, test } = this._begun;
    return `${this._over ? "after" : "in"} ${file === "" ? "" : `${file}: `}${test}`;
  }

  get failed(): number {
    return this.failures.length;
  }
}
