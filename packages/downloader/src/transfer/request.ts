import type { ClientResponse, RequestOptions } from "@yieldfrom/http";
import { type Coroutine, getRunningLoop } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import type { SlowWatch } from "../manners/slow.ts";
import type { Asked } from "./answer.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";

/**
 * Sends a request for the item, and waits for the head of the answer.
 * @param asked what of it; null: all
 * @param address which of its addresses is asked, by its place. Default: the one whose turn it is
 * @param watch whose clock stands still while it waits for its turn
 */
export function* ask(
  engine: Engine,
  job: Job,
  asked: Asked | null,
  method = "GET",
  address = job.address,
  watch: SlowWatch | null = null,
): Coroutine<ClientResponse> {
  const { session, settings, rate } = engine;
  if (rate !== null) {
    const loop = getRunningLoop();
    watch?.hold(loop.time());
    yield* rate.take();
    watch?.resume(loop.time());
  }
  try {
    return yield* session.request(method, job.addresses[address]!, optionsOf(job, asked, settings.maxRedirects));
  } catch (error) {
    // What is wrong with a header, the session says by a TypeError.
    throw error instanceof TypeError ? new DownloadError("ERR_HEADER", error.message, { cause: error }) : error;
  }
}

function optionsOf({ item, existing }: Job, asked: Asked | null, maxRedirects: number): RequestOptions {
  const base = { maxRedirects, allowRedirects: true };
  if (asked === null && existing === null && item.headers === undefined) return base;
  const headers: Record<string, string> & { range?: string } = { ...item.headers };
  if (asked !== null) {
    headers.range = `bytes=${asked.start}-${asked.end === null ? "" : asked.end - 1}`;
    if (asked.validator !== null) headers["if-range"] = asked.validator.value;
  } else if (existing !== null) {
    const { etag, lastModified, mtimeMs } = existing;
    if (etag !== null) headers["if-none-match"] = etag;
    headers["if-modified-since"] = lastModified ?? new Date(mtimeMs).toUTCString();
  }
  return item.headers === undefined
    ? { ...base, headers }
    : { ...base, headers, secretHeaders: secretOf(item.headers) };
}

/** Headers that tell nobody anything about the caller. All others that were given are for the origins they were given for. */
const HARMLESS = new Set(["accept", "accept-encoding", "accept-language", "user-agent"]);

/** The names of those of the headers that no other origin may see. */
export function secretOf(headers: Readonly<Record<string, string>>): string[] {
  return Object.keys(headers).filter((name) => !HARMLESS.has(name.toLowerCase()));
}
