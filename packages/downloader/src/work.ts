import { ClientSession } from "@yieldfrom/http";
import { type Coroutine, from, isCancelled, Queue, taskGroup } from "yieldfrom";
import type { DownloadList } from "./download-many.ts";
import type { Gate, Work as WorkOfDownloads } from "./downloads.ts";
import type { DownloadEvent, Reason, Summary } from "./events.ts";
import type { DownloadItem } from "./item.ts";
import { attempt } from "./transfer/attempt.ts";
import { Counts } from "./transfer/counts.ts";
import type { Engine } from "./transfer/engine.ts";
import { Job } from "./transfer/job.ts";
import type { Settings } from "./transfer/settings.ts";

/** Items that are known and not begun, at most. */
const WINDOW = 2000;

/** The reader of the list and the workers. */
export class Work implements WorkOfDownloads {
  readonly progress = new Counts();
  private readonly _items: DownloadList;
  private readonly _settings: Settings;

  constructor(items: DownloadList, settings: Settings) {
    this._items = items;
    this._settings = settings;
  }

  *main(emit: (event: DownloadEvent) => void, gate: Gate | null): Coroutine<Summary> {
    const begin = performance.now();
    const { progress: counts, _settings: settings } = this;
    using session = new ClientSession({
      ...settings.session,
      headers: { "accept-encoding": "identity", ...settings.headers },
      secretHeaders: Object.keys(settings.headers),
      autoDecompress: settings.compressed,
      timeout: settings.timeout,
    });
    const engine: Engine = { settings, session, counts, emit };
    let interrupted = true;
    try {
      yield* this._all(engine, gate);
      interrupted = false;
    } finally {
      const summary = counts.summary(performance.now() - begin, interrupted);
      emit({ type: "end", ...summary });
    }
    return counts.summary(performance.now() - begin, false);
  }

  private _all(engine: Engine, gate: Gate | null): Coroutine<void> {
    const queue = new Queue<Job | null>(WINDOW);
    const { limit } = engine.settings;
    const { _items: items } = this;
    return taskGroup(function* (group) {
      for (let i = 1; i <= limit; i++) group.createTask(worker(engine, queue, gate), { name: `download worker ${i}` });
      yield* read(items, engine, queue);
      for (let i = 0; i < limit; i++) yield* queue.put(null);
    });
  }
}

function* worker(engine: Engine, queue: Queue<Job | null>, gate: Gate | null): Coroutine<void> {
  const { counts, emit } = engine;
  for (;;) {
    if (gate?.isFull) yield* gate.room();
    const job = yield* queue.get();
    if (job === null) return;
    job.startedAt = performance.now();
    counts.active.add(job);
    try {
      yield* attempt(engine, job);
    } catch (error) {
      const { n, url, name, attempts } = job;
      counts.failed++;
      emit({ type: "failed", n, url, name, attempts, kept: 0, reason: reasonOf(error) });
      if (isCancelled(error)) throw error;
    } finally {
      counts.active.delete(job);
    }
  }
}

function reasonOf(error: unknown): Reason {
  if (isCancelled(error)) return { code: "ERR_INTERRUPTED", message: "it was interrupted" };
  const { code = "ERR_UNKNOWN", message = String(error) } = error as { code?: string; message?: string };
  return { code, message };
}

function* read(items: DownloadList, engine: Engine, queue: Queue<Job | null>): Coroutine<void> {
  let n = 0;
  const take = function* (given: string | URL | DownloadItem): Coroutine<void> {
    const item = typeof given === "string" || given instanceof URL ? { url: given } : given;
    n++;
    let job: Job;
    try {
      job = new Job(n, item);
    } catch (error) {
      engine.counts.failed++;
      engine.emit({ type: "failed", n, url: "", attempts: 0, kept: 0, reason: reasonOf(error) });
      return;
    }
    job.name = item.name ?? (job.addresses[0]!.pathname.split("/").at(-1) || "index.html");
    yield* queue.put(job);
  };
  if (Symbol.iterator in items) for (const item of items) yield* take(item);
  else {
    const iterator = items[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = yield* from(iterator.next());
      if (done === true) break;
      yield* take(value);
    }
  }
  engine.counts.total = n;
}
