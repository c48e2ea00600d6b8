/** What becomes of items, told and counted in one place: each has one outcome. */
import type { DoneEvent, Reason, SkippedEvent } from "../events.ts";
import { presentableAddress } from "../manners/reason.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";

/** What all events of an item say. */
function ofItem({ n, url, name, item: { at } }: Job): { n: number; url: string; at?: string; name?: string } {
  if (at === undefined) return name === "" ? { n, url } : { n, url, name };
  return name === "" ? { n, url, at } : { n, url, at, name };
}

/** An attempt begins. `offset`: bytes that are there from before. */
export function tellStart({ emit }: Engine, job: Job, offset: number): void {
  job.attempts++;
  emit({ type: "start", ...ofItem(job), attempt: job.attempts, offset });
}

/** An attempt failed, and there will be another in `delay` milliseconds. */
export function tellRetry({ emit }: Engine, job: Job, delay: number, reason: Reason): void {
  emit({ type: "retry", ...ofItem(job), attempt: job.attempts, delay, reason });
}

/** What only a file that is done has to tell. */
export type DoneFacts = Omit<
  DoneEvent,
  "type" | "n" | "url" | "at" | "name" | "received" | "resumed" | "attempts" | "elapsed"
>;

export function tellDone(engine: Engine, job: Job, facts: DoneFacts): void {
  const { counts } = engine;
  counts.end(job, facts.bytes);
  const { name, received, resumed, attempts } = job;
  counts.done++;
  const elapsed = performance.now() - job.startedAt;
  engine.emit({ type: "done", ...ofItem(job), name, ...facts, received, resumed, attempts, elapsed });
}

/** @param bytes that the server announces, in a dry run */
export function tellSkipped(engine: Engine, job: Job, reason: SkippedEvent["reason"], bytes?: number): void {
  engine.counts.end(job);
  engine.counts.skipped++;
  engine.emit({ type: "skipped", ...ofItem(job), reason, ...(bytes === undefined ? null : { bytes }) });
}

export function tellFailed(engine: Engine, job: Job, reason: Reason): void {
  engine.counts.end(job);
  engine.counts.failed++;
  engine.emit({ type: "failed", ...ofItem(job), attempts: job.attempts, reason, kept: job.kept });
}

/** It was stopped before its end: the outcome of what was begun and has none. */
export function tellInterrupted(engine: Engine, job: Job): void {
  if (!job.ended) tellFailed(engine, job, { code: "ERR_INTERRUPTED", message: "it was interrupted" });
}

/** What the list has is no item that could be asked for. `url` is what it has instead of an address. */
export function tellUnusable(engine: Engine, n: number, url: string, at: string | undefined, reason: Reason): void {
  engine.counts.endUnusable();
  engine.counts.failed++;
  const of = { n, url: presentableAddress(url), ...(at === undefined ? null : { at }) };
  engine.emit({ type: "failed", ...of, attempts: 0, reason, kept: 0 });
}
