import type { ClientResponse } from "@yieldfrom/http";
import { type Coroutine, ExceptionGroup, isCancelled, sleep, type TaskGroup, taskGroup } from "yieldfrom";
import type { PartFile } from "../files/part-file.ts";
import { type PartRecord, type PartSource, recordedUrl } from "../files/part-record.ts";
import type { Validator } from "../files/validators.ts";
import type { SlowWatch } from "../manners/slow.ts";
import { isThatPart, NotThatPart, StatusError, versionOf } from "./answer.ts";
import { isOfServer } from "./blame.ts";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";
import { receive } from "./receive.ts";
import { ask } from "./request.ts";
import type { Section, Sections } from "./sections.ts";

/** How often it is written down how far the pieces are, in milliseconds: as much may have to be fetched again after a kill. */
const REMEMBERED = 200;

/** A connection that brought so many bytes before it failed is worth another. */
const WORTHWHILE = 1024 * 1024;

/**
 * One file over several connections. Each takes what is left over by another that ended, or half of the largest rest; each
 * answer is checked as one that goes on from a part is. A connection that fails leaves its rest to the others; it is
 * a failure only when none is left.
 */
export class Split {
  private readonly _engine: Engine;
  private readonly _job: Job;
  private readonly _part: PartFile;
  private readonly _record: PartRecord & { readonly total: number };
  private readonly _sections: Sections;
  private readonly _watch: Pick<SlowWatch, "add" | "hold" | "resume"> | null;
  private readonly _sources: PartSource[];
  private _response: ClientResponse | undefined;
  private _failure: { readonly error: unknown } | undefined = undefined;

  /** @param record what the part is of; its pieces are those of `sections` from now on */
  constructor(
    engine: Engine,
    job: Job,
    part: PartFile,
    record: PartRecord & { readonly total: number },
    sections: Sections,
    watch: SlowWatch | null,
  ) {
    this._engine = engine;
    this._job = job;
    this._part = part;
    this._record = record;
    this._sections = sections;
    this._sources = [...record.sources];
    // It is held back by all of them or by none: the clock goes on.
    this._watch = watch === null ? null : { add: (n, now) => watch.add(n, now), hold() {}, resume() {} };
  }

  /**
   * Fetches all that is missing.
   * @param first an answer with all of the file, to begin with
   * @returns one of the answers
   * @throws NotThatPart if the server has another version, or does not do ranges as it should; what else the last
   *   connection failed with
   */
  *run(first: ClientResponse | null): Coroutine<ClientResponse> {
    const { _sections: sections, _job: job } = this;
    // Before a byte is written behind a gap: a part without pieces is taken to have all up to its size.
    yield* this._remember();
    try {
      yield* taskGroup((group) => this._all(group, first));
    } catch (error) {
      throw error instanceof ExceptionGroup ? error.errors[0] : error;
    } finally {
      yield* sections.settle();
      job.kept = sections.written;
      yield* this._rememberAtEnd();
    }
    if (!sections.isComplete || this._response === undefined) throw this._failure?.error;
    return this._response;
  }

  private *_all(group: TaskGroup, first: ClientResponse | null): Coroutine<void> {
    const { settings } = this._engine;
    const keeper = group.createTask(this._keep());
    try {
      const others = [];
      const begun = first === null ? null : this._sections.take(this._part);
      for (let i = 1; i < settings.split; i++) others.push(group.createTask(this._connection(i)));
      if (first !== null && begun !== null) yield* this._begin(first, begun);
      yield* this._connection(0);
      for (const each of others) yield* each;
    } finally {
      keeper.cancel();
    }
  }

  /** Reads an answer that has all of the file, until another connection's piece begins. */
  private *_begin(response: ClientResponse, section: Section): Coroutine<void> {
    this._response = response;
    section.isOpen = true;
    try {
      yield* receive(this._engine, this._job, response, section, this._watch);
    } catch (error) {
      this._failed(error);
    } finally {
      response.release();
      this._sections.giveBack(section);
    }
  }

  /** Fetches piece after piece, until nothing is left or something fails. */
  private *_connection(number: number): Coroutine<void> {
    const address = this._addressFor(number);
    for (;;) {
      const section = this._sections.take(this._part);
      if (section === null) return;
      const begin = section.position;
      try {
        yield* this._fetch(section, address);
      } catch (error) {
        this._failed(error);
        if (section.position - begin < WORTHWHILE) return;
      } finally {
        this._sections.giveBack(section);
      }
    }
  }

  private *_fetch(section: Section, address: number): Coroutine<void> {
    const { _engine: engine, _job: job } = this;
    const { total } = this._record;
    const validator = this._versionAt(address) ?? null;
    const asked = { start: section.position, end: section.end, validator, total };
    using response = yield* ask(engine, job, asked, "GET", address);
    if (response.status >= 400 && response.status !== 416) throw new StatusError(response);
    if (response.status !== 206 || !isThatPart(response, asked)) throw new NotThatPart();
    this._response ??= response;
    const url = recordedUrl(job.addresses[address]!);
    if (!this._sources.some((source) => source.url === url))
      this._sources.push({ url, validator: versionOf(response) });
    yield* receive(engine, job, response, section, this._watch);
  }

  /** Each has an address of its own, as long as there are as many that may be used. */
  private _addressFor(number: number): number {
    const { addresses, address, dead, apart } = this._job;
    if (apart) return address;
    const usable = [...addresses.keys()].filter(
      (i) => i === address || (!dead.has(i) && this._versionAt(i) !== undefined),
    );
    return usable[(usable.indexOf(address) + number) % usable.length] ?? address;
  }

  /**
   * By what the version is known at an address: by its own, else by the ETag that another one gave. Null: by nothing, but
   * the checksum tells in the end. Undefined: it can't be known there.
   */
  private _versionAt(address: number): Validator | null | undefined {
    const url = recordedUrl(this._job.addresses[address]!);
    const own = this._sources.find((source) => source.url === url);
    if (own !== undefined) return own.validator ?? (this._job.checksum === null ? undefined : null);
    if (this._job.checksum !== null) return null;
    return this._sources.find(({ validator }) => validator?.kind === "etag")?.validator ?? undefined;
  }

  private _failed(error: unknown): void {
    if (isCancelled(error) || !isOfServer(error)) throw error;
    if (this._failure === undefined || error instanceof NotThatPart) this._failure = { error };
  }

  /** An older record is right too, so that a failure need not hide why it ended. */
  private *_rememberAtEnd(): Coroutine<void> {
    try {
      yield* this._remember();
    } catch (error) {
      if (isCancelled(error)) throw error;
    }
  }

  private *_keep(): Coroutine<void> {
    for (;;) {
      yield* sleep(REMEMBERED);
      yield* this._remember();
    }
  }

  private _remember(): Coroutine<void> {
    return this._part.remember({ ...this._record, sources: this._sources, pieces: this._sections.pieces });
  }
}
