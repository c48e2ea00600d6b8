import type { ProgressView } from "../progress-view.ts";
import { Stopped } from "./interrupts.ts";
import type { Given } from "./options/table.ts";
import { howToGoOn } from "./report/go-on.ts";
import { failureTable, stopped, summary } from "./report/sentences.ts";
import type { Tally } from "./report/tally.ts";
import { told } from "./tell.ts";
import { number } from "./text/amounts.ts";

/** How a run came to its end. */
export interface Ending {
  readonly given: Given;
  readonly args: readonly string[];
  /** What ended it early; undefined if nothing did. */
  readonly failure: unknown;
  /** Undefined, if it did not come to downloading. */
  readonly progress: ProgressView | undefined;
  readonly tally: Tally;
  /** Milliseconds. */
  readonly elapsed: number;
}

/**
 * Says on standard error what came of it all.
 *
 * @returns the exit code
 * @throws `failure`, if nothing had begun, or if it is a defect of the program
 */
export function end({ given, args, failure, progress, tally, elapsed }: Ending): number {
  const wasStopped = failure instanceof Stopped;
  // Nobody is there to read it.
  if (wasStopped && failure.exitCode === 128 + 13) return failure.exitCode;
  if (failure !== undefined && !wasStopped && tally.ended === 0) throw failure;
  const lines: string[] = [];
  if (tally.failed > 0) lines.push(`${number(tally.failed)} failed:`, ...failureTable(tally, given));
  if (!given.quiet) {
    if (wasStopped) lines.push(stopped(tally, progress?.total == null ? null : progress.total - tally.ended));
    lines.push(summary(tally, elapsed, given["dry-run"] ?? false));
    if (wasStopped) lines.push(howToGoOn(args, process.env));
  }
  if (lines.length > 0) process.stderr.write(`${lines.join("\n")}\n`);
  if (wasStopped) return failure.exitCode;
  if (failure !== undefined) {
    const text = told(failure);
    if (text === null) throw failure;
    process.stderr.write(text);
  }
  return failure !== undefined || tally.failed > 0 ? 1 : 0;
}
