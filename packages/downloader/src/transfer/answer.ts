import type { ClientResponse } from "@yieldfrom/http";
import { DownloadError } from "../errors.ts";
import { parseContentRange, parseUnsatisfiedRange, type Validator, validatorOf } from "../files/validators.ts";
import { parseHttpDate } from "../http-date.ts";
import { type Verdict, verdictOfStatus } from "../manners/retryable.ts";
import type { Job } from "./job.ts";

/** A server answered with something else than the file. */
export class StatusError extends DownloadError {
  override readonly name = "StatusError";
  readonly verdict: Verdict;
  /** The headers of that name. */
  readonly retryAfter: string | null;
  readonly date: string | null;

  constructor(response: ClientResponse) {
    const verdict = verdictOfStatus(response.status, response.reason);
    super("ERR_STATUS", verdict.reason.message);
    this.verdict = verdict;
    this.retryAfter = response.getHeader("retry-after");
    this.date = response.getHeader("date");
  }
}

/** What came is not the part that was asked for, or not of the version of the rest. */
export class NotThatPart extends DownloadError {
  override readonly name = "NotThatPart";

  constructor() {
    super("ERR_RANGE", "the server did not send the part that it was asked for, or the file has changed");
  }
}

/** What is asked for with a Range: the bytes from `start` to `end` of the version that `validator` names. */
export interface Asked {
  readonly start: number;
  /** Behind the last one; null: all there are. */
  readonly end: number | null;
  /** Null: there is none, and a checksum tells in the end whether it was. */
  readonly validator: Validator | null;
  /** Bytes of the whole file; null: that is not known. */
  readonly total: number | null;
}

/**
 * Whether an answer 206 has just the bytes that were asked for, of just that version. If not, nothing of it may be used.
 * One of several ranges (multipart/byteranges) has no Content-Range. Source: RFC 9110 sections 14.4 and 15.3.7.
 */
export function isThatPart(response: ClientResponse, { start, end, validator, total }: Asked): boolean {
  const range = parseContentRange(response.getHeader("content-range"));
  if (range === null || range.start !== start) return false;
  if (total !== null && range.total !== null && range.total !== total) return false;
  const last = end ?? total ?? range.total;
  if (last === null || range.end !== last) return false;
  const length = response.contentLength;
  return (length ?? range.end - start) === range.end - start && !isCoded(response) && !isOther(response, validator);
}

/**
 * Whether an answer 416 says that nothing is missing: the file has as many bytes as are there, and nothing is said of another
 * version.
 */
export function isAllThere(response: ClientResponse, { start, validator }: Asked): boolean {
  if (parseUnsatisfiedRange(response.getHeader("content-range")) !== start) return false;
  return validator === null || response.getHeader(validator.kind) === null || !isOther(response, validator);
}

/** A part must show its ETag again; its Last-Modified it need not (RFC 9110 section 15.3.7.1). */
function isOther(response: ClientResponse, validator: Validator | null): boolean {
  if (validator === null) return false;
  const { kind, value } = validator;
  const shown = response.getHeader(kind);
  return kind === "etag" ? shown !== value : shown !== null && shown !== value;
}

/** By what a later request can go on from what comes of this answer; null: by nothing. */
export function versionOf(response: ClientResponse): Validator | null {
  if (isCoded(response)) return null; // The next answer may be coded in another way.
  return validatorOf({
    etag: response.getHeader("etag"),
    lastModified: response.getHeader("last-modified"),
    date: response.getHeader("date"),
  });
}

/** Whether the body comes in a coding, compressed in most cases. */
export function isCoded(response: ClientResponse): boolean {
  const coding = response.getHeader("content-encoding");
  return coding !== null && !/^\s*(?:identity\s*)?$/i.test(coding);
}

/** Whether a server that takes no conditions sends what is there already. */
export function isUnchanged({ existing }: Job, response: ClientResponse): boolean {
  if (existing === null || response.contentLength !== existing.size) return false;
  const mtime = mtimeOf(response);
  return mtime !== null && Math.floor(existing.mtimeMs / 1000) === mtime / 1000;
}

/** When the server's file was changed, in milliseconds since 1970; null if it does not say. */
export function mtimeOf(response: ClientResponse): number | null {
  return parseHttpDate(response.getHeader("last-modified"));
}
