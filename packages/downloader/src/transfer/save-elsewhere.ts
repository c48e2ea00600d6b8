import { type Coroutine, currentTask, from, isCancelled } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import { checksumText } from "../files/checksums.ts";
import type { Save } from "../options.ts";
import { StatusError } from "./answer.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";
import { takeName } from "./may-begin.ts";
import { tellDone, tellStart } from "./outcome.ts";
import { tooLarge } from "./receive.ts";
import { ask } from "./request.ts";
import { verifyBytes, wantedChecksum } from "./verify.ts";

/** Bytes that a body may have at most which is held in memory, unless `maxSize` allows less. */
const MOST = 256 * 1024 * 1024;

/** One attempt at an item whose body is given to the caller's own `save`. */
export function* saveElsewhere(engine: Engine, job: Job): Coroutine<void> {
  const { settings, counts, bucket } = engine;
  const save = settings.save as Save;
  const most = Math.min(settings.maxSize, MOST);
  tellStart(engine, job, 0);
  using response = yield* ask(engine, job, null);
  const { status, contentType, contentLength, history, url } = response;
  if (status !== 200 && status !== 203) throw new StatusError(response);
  if (job.name === "" && !takeName(engine, job, response)) return;
  if (contentLength !== null && contentLength > most) throw tooLarge(most);
  const bytes = yield* response.read({ maxBodySize: most });
  counts.announce(job, bytes.byteLength);
  counts.came(job, bytes.byteLength);
  if (bucket !== null) yield* bucket.take(bytes.byteLength);
  const wanted = wantedChecksum(engine, job, response);
  verifyBytes(job.name, [bytes], wanted);
  try {
    const saving = save({ n: job.n, url: job.url, name: job.name, bytes, contentType });
    if (saving !== undefined) yield* Symbol.iterator in saving ? saving : from(saving);
  } catch (error) {
    // Unless it is us who are cancelled, it is something of its own that was.
    if (isCancelled(error) && (currentTask()?.cancelling() ?? 1) > 0) throw error;
    throw new DownloadError("ERR_SAVE", `it could not be saved: ${error}`, { cause: error });
  }
  tellDone(engine, job, {
    bytes: bytes.byteLength,
    status,
    contentType,
    ...(wanted === null ? null : { checksum: checksumText(wanted) }),
    ...(history.length === 0 ? null : { finalUrl: url }),
  });
}
