import type { ClientResponse } from "@yieldfrom/http";
import { type Coroutine, getRunningLoop } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import type { Hashing } from "../files/checksums.ts";
import type { PieceWriter } from "../files/piece-writer.ts";
import type { SlowWatch } from "../manners/slow.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";

/** Where the bytes of one answer go. */
export interface Target {
  readonly writer: PieceWriter;
  /** Behind the last byte that may come; it may become less on the way. Null: nobody knows. */
  readonly end: number | null;
  readonly hashing: Hashing | null;
}

/**
 * Reads a body and writes it, until its end or that of the target, whichever comes first.
 * @param head what was read of it before
 * @throws DownloadError `ERR_LENGTH` if it ends early, `ERR_TOO_LARGE`; what reading and writing fail with
 */
export function* receive(
  engine: Engine,
  job: Job,
  response: ClientResponse,
  target: Target,
  watch: Pick<SlowWatch, "add" | "hold" | "resume"> | null,
  head: readonly Uint8Array[] = [],
): Coroutine<void> {
  const { counts, bucket, settings } = engine;
  const { content } = response;
  const { writer, hashing } = target;
  const loop = getRunningLoop();
  for (let i = 0; ; i++) {
    const chunk = head[i] ?? (yield* content.readAny());
    if (chunk === null) break;
    const { byteLength } = chunk;
    counts.came(job, byteLength);
    if (i >= head.length) watch?.add(byteLength, loop.time());
    watch?.hold(loop.time());
    if (bucket !== null) yield* bucket.take(byteLength);
    // Only now: while it waited, another connection may have taken the end of the section.
    const room = (target.end ?? settings.maxSize) - writer.position;
    if (byteLength > room && target.end === null) throw tooLarge(settings.maxSize);
    const wanted = byteLength > room ? chunk.subarray(0, room) : chunk;
    hashing?.update(wanted);
    if (!writer.write(wanted)) yield* writer.drain();
    watch?.resume(loop.time());
    if (byteLength >= room && target.end !== null) return;
  }
  if (target.end !== null && writer.position < target.end) {
    throw new DownloadError("ERR_LENGTH", `the body ended ${target.end - writer.position} bytes before its end`);
  }
}

/** The first bytes of a body, just more than `most` of them, which the watch is told of; `whole` if that is all. */
export function* begin(
  response: ClientResponse,
  most: number,
  watch: SlowWatch | null,
): Coroutine<{ readonly chunks: readonly Uint8Array[]; readonly size: number; readonly whole: boolean }> {
  const { content } = response;
  const loop = getRunningLoop();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size <= most) {
    const chunk = yield* content.readAny();
    if (chunk === null) return { chunks, size, whole: true };
    chunks.push(chunk);
    size += chunk.byteLength;
    watch?.add(chunk.byteLength, loop.time());
  }
  return { chunks, size, whole: false };
}

export function tooLarge(most: number): DownloadError {
  return new DownloadError("ERR_TOO_LARGE", `the file is larger than the ${most} bytes that are allowed`);
}
