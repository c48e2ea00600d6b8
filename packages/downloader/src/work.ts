import { ClientSession, type ClientSessionOptions } from "@yieldfrom/http";
import { type Coroutine, ExceptionGroup, type TaskGroup, taskGroup } from "yieldfrom";
import type { Gate, Work as WorkOfDownloads } from "./downloads.ts";
import type { DownloadEvent, Summary } from "./events.ts";
import { type OutputFolder, openFolder } from "./files/output-folder.ts";
import type { ItemSource } from "./input/item-source.ts";
import { Scheduler } from "./manners/scheduler.ts";
import { read } from "./reader.ts";
import { carry, mayGoElsewhere } from "./transfer/carry.ts";
import { Counts } from "./transfer/counts.ts";
import { type Engine, engineOf } from "./transfer/engine.ts";
import type { Job } from "./transfer/job.ts";
import { Naming } from "./transfer/naming.ts";
import { tellInterrupted } from "./transfer/outcome.ts";
import { type Settings, sessionOptions } from "./transfer/settings.ts";

type NewSession = (options: ClientSessionOptions) => ClientSession;

function newClientSession(options: ClientSessionOptions): ClientSession {
  return new ClientSession(options);
}

/** All that is done for one `downloadMany`: the reader of the list and the workers. */
export class Work implements WorkOfDownloads {
  readonly progress = new Counts();
  private readonly _source: ItemSource;
  private readonly _settings: Settings;
  private readonly _naming: Naming;
  private readonly _newSession: NewSession;

  /**
   * @param newSession another one is for tests, whose network is simulated
   * @throws DownloadError for a template of names that is none
   */
  constructor(source: ItemSource, settings: Settings, newSession: NewSession = newClientSession) {
    this._source = source;
    this._settings = settings;
    this._naming = new Naming(settings);
    this._newSession = newSession;
  }

  /** @throws what `emit` throws, which ends all */
  *main(emit: (event: DownloadEvent) => void, gate: Gate | null): Coroutine<Summary> {
    const { dir, fsync, save, dryRun } = this._settings;
    try {
      if (save !== undefined || dryRun) return yield* this._in(null, emit, gate);
      using folder = yield* openFolder(dir, { fsync });
      return yield* this._in(folder, emit, gate);
    } finally {
      this._source.close();
    }
  }

  private *_in(
    folder: OutputFolder | null,
    emit: (event: DownloadEvent) => void,
    gate: Gate | null,
  ): Coroutine<Summary> {
    const begin = performance.now();
    const { progress: counts, _settings: settings, _naming: naming } = this;
    using session = this._newSession(sessionOptions(settings));
    let stop = () => {};
    let failure: { readonly error: unknown } | undefined;
    const check = () => {
      if (failure !== undefined) throw failure.error;
    };
    // What it throws is nobody's failure: no item's, and none to be tried again.
    const tell = (event: DownloadEvent) => {
      if (failure !== undefined) return;
      try {
        emit(event);
      } catch (error) {
        failure = { error };
        stop();
      }
    };
    const engine = engineOf(settings, session, folder, naming, counts, tell);
    using scheduler = new Scheduler<Job>({ ...settings, elsewhere: mayGoElsewhere });
    let interrupted = true;
    let summary: Summary;
    try {
      yield* taskGroup((group) => {
        stop = () => group.cancel();
        return this._all(group, engine, scheduler, gate);
      });
      check();
      interrupted = false;
    } catch (error) {
      throw error instanceof ExceptionGroup && error.errors.length === 1 ? error.errors[0] : error;
    } finally {
      for (const job of scheduler.stop()) if (job.attempts > 0) tellInterrupted(engine, job);
      summary = counts.summary(performance.now() - begin, interrupted);
      tell({ type: "end", ...summary });
    }
    check();
    return summary;
  }

  private *_all(group: TaskGroup, engine: Engine, scheduler: Scheduler<Job>, gate: Gate | null): Coroutine<void> {
    const { limit } = engine.settings;
    for (let i = 1; i <= limit; i++) {
      group.createTask(worker(engine, scheduler, gate), { name: `download worker ${i}` });
    }
    yield* read(this._source, engine, scheduler, gate);
    scheduler.end();
  }
}

function* worker(engine: Engine, scheduler: Scheduler<Job>, gate: Gate | null): Coroutine<void> {
  const { active } = engine.counts;
  for (;;) {
    if (gate?.isFull === true) yield* gate.room();
    // No `using`: for Node 22 it is written out, in what takes longer than all the rest here.
    const lease = yield* scheduler.take();
    if (lease === null) return;
    const { item: job } = lease;
    try {
      if (job.attempts === 0) job.startedAt = performance.now();
      active.add(job);
      yield* carry(engine, lease);
    } finally {
      active.delete(job);
      lease[Symbol.dispose]();
    }
  }
}
