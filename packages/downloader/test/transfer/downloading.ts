/** For tests of transfers: a hostile server, a folder, and all events of one run. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "yieldfrom";
import {
  type DownloadEvent,
  type DownloadItem,
  type DownloadOptions,
  downloadMany,
  type ItemEvent,
  type Summary,
} from "../../src/index.ts";
import { HostileServer } from "../hostile-server.ts";

/** What a run told. */
export interface Told {
  readonly summary: Summary;
  readonly events: readonly DownloadEvent[];
  /** The events of items, short: `start@0 retry:ERR_STATUS start@0 done` for instance. */
  readonly story: string;
}

/** Retries come at once. */
const QUICK: DownloadOptions = { retryDelay: 1, maxRetryDelay: 5, connectTimeout: 5000, idleTimeout: 5000 };

export class Place implements AsyncDisposable {
  readonly server: HostileServer;
  readonly dir: string = mkdtempSync(join(tmpdir(), "download-many-"));

  private constructor(server: HostileServer) {
    this.server = server;
  }

  static async open(): Promise<Place> {
    return new Place(await HostileServer.listen());
  }

  url(path: string): string {
    return this.server.url(path);
  }

  async download(items: Iterable<string | DownloadItem>, options: DownloadOptions = {}): Promise<Told> {
    const events: DownloadEvent[] = [];
    const onEvent = (event: DownloadEvent) => void events.push(event);
    const summary = await run(downloadMany(items, { dir: this.dir, ...QUICK, ...options, onEvent }));
    return { summary, events, story: storyOf(events) };
  }

  /** The run is left at the first event for which `when` holds. */
  async downloadUntil(
    items: Iterable<string | DownloadItem>,
    when: (event: DownloadEvent) => boolean,
    options: DownloadOptions = {},
  ): Promise<void> {
    for await (const event of downloadMany(items, { dir: this.dir, ...QUICK, ...options })) if (when(event)) return;
  }

  /** All files in the folder, hidden ones included, but for the lock. */
  files(): string[] {
    const all = readdirSync(this.dir, { recursive: true, withFileTypes: true });
    return all
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.dir.length + 1))
      .filter((name) => !/^\.download-many\.(?:lock|db)/.test(name))
      .sort();
  }

  read(name: string): Buffer {
    return readFileSync(join(this.dir, name));
  }

  /** Whether the file is the one that the server has now at `path`. */
  isWhole(name: string, path = `/${name}`): boolean {
    return this.read(name).equals(this.server.file(path).content.bytes());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.dir, { recursive: true });
    await this.server[Symbol.asyncDispose]();
  }
}

function storyOf(events: readonly DownloadEvent[]): string {
  return events
    .filter((event): event is ItemEvent => event.type !== "end")
    .map((event) => {
      switch (event.type) {
        case "start":
          return `start@${event.offset}`;
        case "skipped":
          return `skipped:${event.reason}`;
        case "done":
          return "done";
        default:
          return `${event.type}:${event.reason.code}`;
      }
    })
    .join(" ");
}
