import { closeSync, lstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Coroutine } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";

/** One attempt at an item: asks, saves, tells. What it throws is a failure of the attempt. */
export function* attempt(engine: Engine, job: Job): Coroutine<void> {
  const { settings, session, emit, counts } = engine;
  const { n, url, name } = job;
  const path = join(settings.dir, name);
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    emit({ type: "skipped", n, url, name, reason: "exists" });
    counts.skipped++;
    return;
  }
  job.attempts++;
  emit({ type: "start", n, url, name, attempt: job.attempts, offset: 0 });
  using response = yield* session.get(job.addresses[0]!, { maxRedirects: settings.maxRedirects });
  if (response.status !== 200) {
    throw new DownloadError("ERR_STATUS", `the server answered ${response.status} ${response.reason}`.trimEnd());
  }
  const promised = response.contentLength;
  if (promised !== null) counts.announce(promised);
  job.total = promised;
  const part = join(dirname(path), `.${name.split("/").at(-1)}.part`);
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(part, "w");
  try {
    for (;;) {
      const chunk = yield* response.content.readAny();
      if (chunk === null) break;
      writeSync(file, chunk);
      job.bytes += chunk.byteLength;
      job.received += chunk.byteLength;
      counts.bytes += chunk.byteLength;
    }
    if (promised !== null && promised !== job.bytes) {
      throw new DownloadError("ERR_LENGTH", `${job.bytes} bytes came of ${promised}`);
    }
    closeSync(file);
    renameSync(part, path);
  } catch (error) {
    rmSync(part);
    throw error;
  }
  counts.done++;
  counts.saved += job.bytes;
  emit({
    type: "done",
    n,
    url,
    name,
    bytes: job.bytes,
    received: job.received,
    resumed: 0,
    attempts: job.attempts,
    elapsed: performance.now() - job.startedAt,
    status: response.status,
  });
}
