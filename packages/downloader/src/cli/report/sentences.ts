/** What is said to people about a download: a line for an event, and the end. */
import type { FailedEvent, ItemEvent } from "../../events.ts";
import { printable } from "../../names/printable.ts";
import { bytes, counted, duration, number } from "../text/amounts.ts";
import type { Tally } from "./tally.ts";

const SKIPPED = {
  exists: "is there already",
  unchanged: "has not changed",
  duplicate: "the list has it twice",
  clash: "another address has this name",
} as const;

/** A line about one event. */
export function line(event: ItemEvent): string {
  const name = printable(event.name ?? event.url);
  switch (event.type) {
    case "start": {
      const from = event.offset > 0 ? ` from ${bytes(event.offset)} on` : "";
      const again = event.attempt > 1 ? ` (attempt ${event.attempt})` : "";
      return `${name}: asking ${printable(event.url)}${from}${again}`;
    }
    case "retry":
      return `${name}: ${printable(event.reason.message)}; again in ${duration(event.delay)}`;
    case "done": {
      const resumed = event.resumed > 0 ? `, ${bytes(event.resumed)} of it from before` : "";
      return `${name}: ${bytes(event.bytes)} in ${duration(event.elapsed)}${resumed}`;
    }
    case "skipped":
      if (event.reason !== "dry-run") return `${name}: skipped, ${SKIPPED[event.reason]}`;
      return `${name}: ${event.bytes === undefined ? "size not known" : bytes(event.bytes)}, from ${printable(event.url)}`;
    case "failed":
      return failure(event);
  }
}

/** Where it stands, what it is and why it failed. */
export function failure(event: FailedEvent): string {
  const at = event.at === undefined ? "" : `${printable(event.at)}: `;
  const attempts = event.attempts > 1 ? ` (after ${event.attempts} attempts)` : "";
  return `${at}${printable(event.url)}: ${printable(event.reason.message)}${attempts}`;
}

/** The counts at the end: `4,990 saved (31.2 MB) in 2.40 s, 8 already there, 2 failed`. */
export function summary(
  { done, bytes: size, unknown, failed, skipped }: Tally,
  elapsed: number,
  isDry: boolean,
): string {
  const { exists, unchanged, duplicate, clash, "dry-run": dry } = skipped;
  const parts = isDry
    ? [
        `${counted(dry, "file")} to download (${bytes(size)}${unknown > 0 ? ` and ${number(unknown)} of unknown size` : ""})`,
      ]
    : [`${number(done)} saved (${bytes(size)}) in ${duration(elapsed)}`];
  if (exists + unchanged > 0) parts.push(`${number(exists + unchanged)} already there`);
  if (duplicate > 0) parts.push(`${number(duplicate)} listed twice`);
  if (clash > 0) parts.push(`${number(clash)} skipped for their names`);
  if (failed > 0) parts.push(`${number(failed)} failed`);
  return parts.join(", ");
}

/** The failures at the end: a line each, and what to say about those that are not shown. */
export function failureTable(tally: Tally, files: { readonly failed?: string; readonly report?: string }): string[] {
  const { failed, failures, reasons } = tally;
  const lines = failures.map((event) => `  ${failure(event)}`);
  const more = failed - failures.length;
  if (more <= 0) return lines;
  const where = [files.failed, files.report].filter((file) => file !== undefined).map(printable);
  const rest = where.length === 0 ? "; --failed and --report write all to a file" : `: see ${where.join(" and ")}`;
  const by = [...reasons]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${number(count)} ${printable(reason)}`);
  return [...lines, `  and ${number(more)} more${rest}`, `  all by reason: ${by.join(", ")}`];
}

/** What became of what was under way when everything was stopped. */
export function stopped({ interrupted, kept }: Tally, notBegun: number | null): string {
  const parts = [
    interrupted > 0 ? `${counted(interrupted, "file")} cut short${kept > 0 ? ` (${bytes(kept)} kept)` : ""}` : "",
    notBegun === null ? "the rest of the list was not begun" : notBegun > 0 ? `${number(notBegun)} not begun` : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? "Interrupted" : `Interrupted: ${parts.join(", ")}`;
}
