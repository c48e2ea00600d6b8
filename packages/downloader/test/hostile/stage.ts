/** A hostile server, an output folder among neighbours, and what must hold whatever the server did. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { leftovers } from "@yieldfrom/testing";
import {
  type DoneEvent,
  type DownloadEvent,
  type DownloadItem,
  type DownloadOptions,
  downloadMany,
  type FailedEvent,
  type ItemEvent,
  type SkippedEvent,
} from "../../src/index.ts";
import type { Content } from "../hostile-content.ts";
import { HostileServer, type HostileServerOptions } from "../hostile-server.ts";

/** Has the file fail if its tests leave a socket, timer, server or process behind. Some of them run at the same time. */
export function leavesNothing(): void {
  after(async () => assert.deepEqual(await leftovers(), []));
}

/** Waits that are short, since servers here are wrong on purpose. */
export const HASTY: DownloadOptions = {
  retries: 2,
  retryDelay: 1,
  maxRetryDelay: 40,
  idleTimeout: 250,
  connectTimeout: 2000,
};

export type OutcomeEvent = DoneEvent | SkippedEvent | FailedEvent;

export interface Outcome {
  readonly events: readonly DownloadEvent[];
  /** By the items' numbers. */
  readonly ends: ReadonlyMap<number, OutcomeEvent>;
  /** That of the first item that has one. */
  readonly first: OutcomeEvent;
}

type Items = readonly (string | DownloadItem)[];

export class Stage implements AsyncDisposable {
  readonly server: HostileServer;
  /** Holds the output folder and what is not to be touched. */
  readonly parent: string;
  readonly dir: string;
  private readonly _neighbours: string;

  private constructor(server: HostileServer) {
    this.server = server;
    this.parent = mkdtempSync(join(tmpdir(), "download-many-"));
    this.dir = join(this.parent, "out");
    mkdirSync(join(this.parent, "beside"));
    writeFileSync(join(this.parent, "beside", "a.txt"), "not to be touched");
    writeFileSync(join(this.parent, "evil"), "not to be touched");
    this._neighbours = this._outside();
  }

  static async open(options: HostileServerOptions = {}): Promise<Stage> {
    return new Stage(await HostileServer.listen(options));
  }

  /** All that is in the output folder, sorted. */
  get names(): string[] {
    return treeOf(this.dir);
  }

  read(name: string): Buffer {
    return readFileSync(join(this.dir, name));
  }

  write(name: string, bytes: Uint8Array | string): void {
    mkdirSync(this.dir, { recursive: true });
    writeFileSync(join(this.dir, name), bytes);
  }

  /** Downloads, and looks whether all is there that must be, and nothing that must not. */
  async download(items: Items, options: DownloadOptions = {}): Promise<Outcome> {
    const before = new Set(this.names);
    const events: DownloadEvent[] = [];
    const all = downloadMany(items, { ...HASTY, dir: this.dir, ...options });
    for await (const event of all) events.push(event);
    // What is known of versions outlives a run, where it is asked for.
    if (options.exists === "update") before.add(".download-many.db");
    return this.check(events, items.length, before);
  }

  /** What always holds, of the events of a run that went to its end, or was stopped. */
  check(events: readonly DownloadEvent[], count: number, before: ReadonlySet<string> = new Set()): Outcome {
    const last = events.at(-1);
    assert.equal(last?.type, "end", "the summary comes last");
    const ends = new Map<number, OutcomeEvent>();
    for (const event of events) {
      if (event.type === "end" || event.type === "start" || event.type === "retry") continue;
      assert.ok(!ends.has(event.n), `item ${event.n} has two outcomes`);
      ends.set(event.n, event);
    }
    if (!last.interrupted) assert.equal(ends.size, count, "each item has an outcome");
    for (const event of events) {
      if (event.type === "start") assert.ok(ends.has(event.n), `item ${event.n} was begun, and has no outcome`);
    }
    const outcomes = [...ends.values()];
    for (const type of ["done", "skipped", "failed"] as const) {
      assert.equal(outcomes.filter((event) => event.type === type).length, last[type], type);
    }
    this._checkFolder(outcomes, before);
    const [first] = outcomes.toSorted((a, b) => a.n - b.n);
    return { events, ends, first: first as OutcomeEvent };
  }

  private _checkFolder(outcomes: readonly OutcomeEvent[], before: ReadonlySet<string>): void {
    const expected = new Set(before);
    const parts = new Set<string>();
    for (const event of outcomes) {
      if (event.type === "done") {
        expected.add(event.name);
        assert.equal(this.read(event.name).length, event.bytes, `bytes of ${event.name}`);
      } else if (event.type === "failed" && event.kept > 0) {
        assert.ok(event.name !== undefined);
        for (const part of partsOf(event.name)) parts.add(part);
      }
    }
    for (const name of this.names) {
      const known = expected.has(name) || parts.has(name);
      assert.ok(known, `${name} was left in the folder; ${JSON.stringify(outcomes)}`);
    }
    assert.equal(this._outside(), this._neighbours, "nothing outside of the folder was touched");
  }

  private _outside(): string {
    return snapshot(this.parent, "out");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.parent, { recursive: true, force: true });
    await this.server[Symbol.asyncDispose]();
  }
}

/** Names of the files that keep what came of `name`. */
export function partsOf(name: string): string[] {
  const at = name.lastIndexOf("/") + 1;
  const part = `${name.slice(0, at)}.${name.slice(at)}.part`;
  return [part, `${part}.json`];
}

/** Whether a name is one that the downloader keeps for itself. */
export function isInternal(name: string): boolean {
  return name.split("/").some((part) => part.startsWith("."));
}

/** The files and links under a folder, as paths with "/", sorted. */
export function treeOf(dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** A folder's files, links and contents as a text, without what is in its folder `but`. */
export function snapshot(dir: string, but: string): string {
  const lines = readdirSync(dir, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(dir.length + 1);
    if (name === but || name.startsWith(`${but}/`)) return [];
    if (entry.isDirectory()) return `${name}/`;
    if (entry.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`;
    return `${name} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
  });
  return lines.sort().join("\n");
}

/** Asserts that an item is done, and that its file is exactly one of the contents. */
export function assertWhole(stage: Stage, end: OutcomeEvent, ...contents: readonly Content[]): void {
  assert.equal(end.type, "done", JSON.stringify(end));
  const bytes = stage.read((end as DoneEvent).name);
  const differences = contents.map((content) => content.firstDifference(bytes));
  assert.ok(differences.includes(-1), `wrong from byte ${Math.max(...differences)} on, of ${bytes.length}`);
}

/** Asserts that an item failed, with one of these codes. */
export function assertFailed(end: OutcomeEvent, ...codes: readonly string[]): asserts end is FailedEvent {
  assert.equal(end.type, "failed", JSON.stringify(end));
  const { code } = (end as FailedEvent).reason;
  assert.ok(codes.includes(code), `${code} is none of ${codes}: ${JSON.stringify(end)}`);
}

export function retriesOf(outcome: Outcome): ItemEvent[] {
  return outcome.events.filter((event) => event.type === "retry");
}
