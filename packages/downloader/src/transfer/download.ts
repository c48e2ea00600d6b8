import type { ClientResponse } from "@yieldfrom/http";
import { type Coroutine, getRunningLoop } from "yieldfrom";
import { DownloadError } from "../errors.ts";
import { type Checksum, ChecksumError, checksumText, Hashing } from "../files/checksums.ts";
import type { OutputFolder } from "../files/output-folder.ts";
import type { PartFile } from "../files/part-file.ts";
import { type PartRecord, type Piece, recordedUrl } from "../files/part-record.ts";
import { type ContentRange, parseContentRange, type Validator } from "../files/validators.ts";
import type { SlowWatch } from "../manners/slow.ts";
import {
  type Asked,
  isAllThere,
  isCoded,
  isThatPart,
  isUnchanged,
  mtimeOf,
  NotThatPart,
  StatusError,
  versionOf,
} from "./answer.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";
import { mayBegin, takeName } from "./may-begin.ts";
import { tellDone, tellSkipped, tellStart } from "./outcome.ts";
import { begin, receive, tooLarge } from "./receive.ts";
import { ask } from "./request.ts";
import { piecesOf, Sections } from "./sections.ts";
import { Split } from "./split.ts";
import { verifyBytes, verifyPart, wantedChecksum } from "./verify.ts";

/** A body of at most so many bytes is gathered and written in one go. */
const SMALL = 64 * 1024;

/** What comes of one request: the outcome; a request for all of it, whatever is there; or one with what is known now. */
type Next = "ended" | "anew" | "again";

/** One attempt at a file in the output folder: goes on from what is there of it, if the server has the same version. */
export function* download(engine: Engine, folder: OutputFolder, job: Job, watch: SlowWatch | null): Coroutine<void> {
  let next: Next = "again";
  for (let first = true; next !== "ended"; first = false) {
    const hasPart = next !== "anew" && job.name !== "" && folder.hasPart(job.name);
    const transfer = new Transfer(engine, folder, job, watch, hasPart ? folder.openPart(job.name) : null);
    try {
      next = yield* transfer.run(first);
    } finally {
      yield* transfer.close();
    }
  }
}

/** One request for a file, and what comes of it. */
class Transfer {
  private readonly _engine: Engine;
  private readonly _folder: OutputFolder;
  private readonly _job: Job;
  private readonly _watch: SlowWatch | null;
  private _part: PartFile | null;
  /** Whether nobody can go on from the part. */
  private _isWaste = false;

  constructor(engine: Engine, folder: OutputFolder, job: Job, watch: SlowWatch | null, part: PartFile | null) {
    this._engine = engine;
    this._folder = folder;
    this._job = job;
    this._watch = watch;
    this._part = part;
  }

  *run(first: boolean): Coroutine<Next> {
    const { _engine: engine, _job: job, _part: part } = this;
    const pieces = part === null ? null : this._piecesOf(part);
    if (part !== null && pieces !== null) return yield* this._goOnSplit(part, pieces, first);
    const asked = part === null ? null : askedOf(job, part);
    job.kept = part?.record == null ? 0 : part.size;
    if (first) tellStart(engine, job, asked?.start ?? 0);
    const response = yield* ask(engine, job, asked, "GET", job.address, this._watch);
    try {
      return yield* this._answered(response, asked);
    } finally {
      response.release();
    }
  }

  private *_answered(response: ClientResponse, asked: Asked | null): Coroutine<Next> {
    const { _engine: engine, _job: job, _part: part } = this;
    switch (response.status) {
      case 200:
      case 203:
        return yield* this._whole(response);
      case 206:
        if (asked === null) throw new DownloadError("ERR_RANGE", "the server sent a part, and was asked for the whole");
        if (!isThatPart(response, asked)) return this._anew();
        return yield* this._rest(response, asked);
      case 416:
        if (asked === null) break;
        if (!isAllThere(response, asked)) return this._anew();
        yield* this._finish(response, part as PartFile, asked.start, wantedChecksum(engine, job, response), null);
        return "ended";
      case 304:
        if (job.existing === null) break;
        return this._unchanged();
    }
    throw new StatusError(response);
  }

  /** The part file is closed, and kept if a later attempt or run may go on from it. */
  *close(): Coroutine<void> {
    const { _part: part } = this;
    if (part === null) return;
    if (this._isWaste) yield* part.discard();
    else yield* part.keep();
  }

  /** What is there is what the server has; of what an interrupted run has left beside it nothing is needed. */
  private _unchanged(): Next {
    const { _engine: engine, _job: job } = this;
    this._drop();
    if (this._part === null) this._folder.sweep(job.name);
    tellSkipped(engine, job, "unchanged");
    return "ended";
  }

  private _anew(): Next {
    this._drop();
    return "anew";
  }

  private _drop(): void {
    this._isWaste = true;
    this._job.kept = 0;
  }

  /** All of the file comes. */
  private *_whole(response: ClientResponse): Coroutine<Next> {
    const { _engine: engine, _job: job, _folder: folder } = this;
    const { settings, counts } = engine;
    if (job.name === "") {
      if (!takeName(engine, job, response) || !mayBegin(engine, folder, job)) return "ended";
      if (folder.hasPart(job.name)) return "again";
    }
    if (isUnchanged(job, response)) return this._unchanged();
    this._drop();
    job.resumed = 0;
    job.bytes = 0;
    const isInflated = settings.compressed && isCoded(response);
    const total = isInflated ? null : response.contentLength;
    if (total !== null && total > settings.maxSize) throw tooLarge(settings.maxSize);
    counts.announce(job, total);
    const wanted = wantedChecksum(engine, job, response);
    if (total === null) {
      const { chunks, size, whole } = yield* begin(response, Math.min(SMALL, settings.maxSize), this._watch);
      if (!whole) return yield* this._large(response, null, wanted, chunks);
      yield* this._save(response, chunks, size, wanted);
    } else if (total > SMALL) {
      return yield* this._large(response, total, wanted, []);
    } else {
      const { chunks, size, whole } = yield* begin(response, total, this._watch);
      if (!whole || size !== total) throw wrongLength(size, total);
      yield* this._save(response, chunks, total, wanted);
    }
    return "ended";
  }

  /** A small body, which is there, is saved at once. */
  private *_save(
    response: ClientResponse,
    chunks: readonly Uint8Array[],
    size: number,
    wanted: Checksum | null,
  ): Coroutine<void> {
    const { _engine: engine, _job: job, _folder: folder } = this;
    engine.counts.came(job, size);
    this._hasCome();
    if (engine.bucket !== null) yield* engine.bucket.take(size);
    verifyBytes(job.name, chunks, wanted);
    yield* this.close();
    yield* folder.saveWhole(job.name, chunks, { mtime: mtimeOf(response), replace: job.replace });
    this._done(response, size, wanted);
  }

  /** The body is written bit by bit. */
  private *_large(
    response: ClientResponse,
    total: number | null,
    wanted: Checksum | null,
    head: readonly Uint8Array[],
  ): Coroutine<Next> {
    const { _job: job } = this;
    this._part ??= this._folder.openPart(job.name);
    const part = this._part;
    const validator = versionOf(response);
    const url = recordedUrl(job.addresses[job.address]!);
    const record = {
      sources: [{ url, validator }],
      total,
      ...(wanted === null ? null : { checksum: checksumText(wanted) }),
    };
    yield* part.restart(record);
    if (validator !== null && total !== null && this._maySplit(total) && doesRanges(response)) {
      const whole: Piece = { start: 0, end: total, next: 0 };
      return yield* this._split(part, { ...record, total }, [whole], response);
    }
    const hashing = wanted === null ? null : new Hashing([wanted.algorithm]);
    const size = yield* this._receive(response, part, 0, total, hashing, validator !== null, head);
    yield* this._finish(response, part, size, wanted, hashing);
    return "ended";
  }

  private _maySplit(rest: number): boolean {
    const { split, minSplitSize } = this._engine.settings;
    return split > 1 && rest >= 2 * minSplitSize && !this._job.unsplit;
  }

  /** The pieces of a part that is to be gone on from in pieces. */
  private _piecesOf({ record, size }: PartFile): readonly Piece[] | null {
    if (record === null || record.total === null || versionFor(this._job, record) === undefined) return null;
    if (record.pieces === undefined && !this._maySplit(record.total - size)) return null;
    return piecesOf(record, size);
  }

  private *_goOnSplit(part: PartFile, pieces: readonly Piece[], first: boolean): Coroutine<Next> {
    const { _engine: engine, _job: job } = this;
    const record = part.record as PartRecord;
    const total = record.total as number;
    const there = pieces.reduce((sum, { start, next }) => sum + next - start, 0);
    job.kept = there;
    if (first) tellStart(engine, job, there);
    if (job.attempts === 1) job.resumed = there;
    job.bytes = there;
    engine.counts.announce(job, total);
    return yield* this._split(part, { ...record, total }, pieces, null);
  }

  private *_split(
    part: PartFile,
    record: PartRecord & { readonly total: number },
    pieces: readonly Piece[],
    first: ClientResponse | null,
  ): Coroutine<Next> {
    const { _engine: engine, _job: job } = this;
    const sections = new Sections(pieces, engine.settings.minSplitSize);
    let response: ClientResponse;
    try {
      this._isWaste = false;
      response = yield* new Split(engine, job, part, record, sections, this._watch).run(first);
    } catch (error) {
      // Bytes behind a gap, of a piece that was given up.
      if (job.kept === 0) this._isWaste = true;
      if (!(error instanceof NotThatPart)) throw error;
      job.unsplit = true;
      return this._anew();
    }
    yield* this._finish(response, part, record.total, wantedChecksum(engine, job, response), null);
    return "ended";
  }

  /** What was missing comes. */
  private *_rest(response: ClientResponse, { start }: Asked): Coroutine<Next> {
    const { _engine: engine, _job: job, _part } = this;
    const part = _part as PartFile;
    if (job.attempts === 1) job.resumed = start;
    job.bytes = start;
    const { end } = parseContentRange(response.getHeader("content-range")) as ContentRange;
    engine.counts.announce(job, end);
    if (part.size > start) yield* part.truncate(start);
    const size = yield* this._receive(response, part, start, end, null, true, []);
    yield* this._finish(response, part, size, wantedChecksum(engine, job, response), null);
    return "ended";
  }

  /** @returns how many bytes the file has then */
  private *_receive(
    response: ClientResponse,
    part: PartFile,
    start: number,
    end: number | null,
    hashing: Hashing | null,
    mayGoOn: boolean,
    head: readonly Uint8Array[],
  ): Coroutine<number> {
    const { _engine: engine, _job: job } = this;
    const writer = part.writer(start, true);
    let isOfUse = mayGoOn;
    try {
      yield* receive(engine, job, response, { writer, end, hashing }, this._watch, head);
      this._hasCome();
      yield* writer.flush();
    } catch (error) {
      if (error instanceof DownloadError && error.code === "ERR_TOO_LARGE") isOfUse = false;
      throw error;
    } finally {
      yield* writer.settle();
      this._isWaste = !isOfUse;
      job.kept = isOfUse ? writer.written : 0;
    }
    return writer.written;
  }

  private *_finish(
    response: ClientResponse,
    part: PartFile,
    size: number,
    wanted: Checksum | null,
    hashing: Hashing | null,
  ): Coroutine<void> {
    const { _job: job } = this;
    this._hasCome();
    try {
      yield* verifyPart(part, size, wanted, hashing);
    } catch (error) {
      if (error instanceof ChecksumError) {
        this._drop();
        job.apart = true;
      }
      throw error;
    }
    yield* part.finish({ mtime: mtimeOf(response), replace: job.replace });
    this._done(response, size, wanted);
  }

  /** What is still to be done is not for the other side: that takes as long as it takes. */
  private _hasCome(): void {
    this._watch?.hold(getRunningLoop().time());
  }

  private _done(response: ClientResponse, bytes: number, wanted: Checksum | null): void {
    const { _engine: engine, _job: job } = this;
    job.kept = 0;
    engine.turns?.saved(job);
    const contentType = response.getHeader("content-type");
    const etag = response.getHeader("etag");
    const lastModified = response.getHeader("last-modified");
    if (engine.settings.exists === "update") this._remember(etag, lastModified);
    tellDone(engine, job, {
      bytes,
      status: response.status,
      ...(wanted === null ? null : { checksum: checksumText(wanted) }),
      ...(response.history.length === 0 ? null : { finalUrl: response.url }),
      ...(contentType === null ? null : { contentType }),
      ...(etag === null ? null : { etag }),
      ...(lastModified === null ? null : { lastModified }),
    });
  }

  /** So that the next run can ask whether there is a newer one. */
  private _remember(etag: string | null, lastModified: string | null): void {
    const { _folder: folder, _job: job } = this;
    const found = folder.find(job.name);
    if (found.kind !== "file") return;
    const { size, mtimeMs } = found;
    folder.known.set(job.name, { url: job.url, etag, lastModified, size, mtimeMs });
  }
}

/** What is missing of a part file, if it may be gone on from with the address whose turn it is. */
function askedOf(job: Job, { record, size }: PartFile): Asked | null {
  if (record === null || size === 0 || record.pieces !== undefined) return null;
  const { total } = record;
  const validator = versionFor(job, record);
  if (validator === undefined || (total !== null && (size > total || total === 0))) return null;
  // If all is there, the last byte is asked for again: so the server confirms the version.
  return { start: total === size ? size - 1 : size, end: null, validator, total };
}

/**
 * By what the address whose turn it is knows the version of a part: by its own, else, being a mirror, by the ETag that another
 * one gave. Null: by nothing, but the length is known and a checksum tells in the end. Undefined: it can't be known there.
 */
function versionFor(job: Job, { sources, total }: PartRecord): Validator | null | undefined {
  const { addresses, address } = job;
  const url = recordedUrl(addresses[address]!);
  const own = sources.find((source) => source.url === url);
  if (job.apart && sources.length > 1) return undefined;
  if (own !== undefined) return own.validator ?? undefined;
  if (job.apart || !sources.some((source) => addresses.some((other) => recordedUrl(other) === source.url)))
    return undefined;
  if (job.checksum !== null && total !== null) return null;
  return sources.find(({ validator }) => validator?.kind === "etag")?.validator ?? undefined;
}

function doesRanges(response: ClientResponse): boolean {
  return /(?:^|,)\s*bytes\s*(?:,|$)/i.test(response.getHeader("accept-ranges") ?? "");
}

function wrongLength(got: number, promised: number): DownloadError {
  return new DownloadError("ERR_LENGTH", `${got} bytes came, and ${promised} were promised`);
}
