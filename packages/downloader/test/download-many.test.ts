import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { forEach, getRunningLoop, RuntimeError, run } from "yieldfrom";
import { DownloadError, type DownloadEvent, type DownloadOptions, downloadMany } from "../src/index.ts";

describe("downloadMany", () => {
  let handler: RequestListener = (request, response) => void response.end(`this is ${request.url}\n`);
  const server = createServer((request, response) => handler(request, response));
  let base = "";
  let dir = "";
  before(async () => {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(() => {
    rmSync(dir, { recursive: true, force: true });
    dir = mkdtempSync(join(tmpdir(), "download-many-"));
    handler = (request, response) => void response.end(`this is ${request.url}\n`);
  });

  const list = (count: number) => Array.from({ length: count }, (_, i) => `${base}/${i}.txt`);

  it("saves each file and gives the summary", async () => {
    const summary = await run(downloadMany(list(50), { dir }));
    assert.deepEqual(
      { ...summary, elapsed: 0 },
      {
        done: 50,
        skipped: 0,
        failed: 0,
        bytes: 40 * 16 + 10 * 15,
        received: 40 * 16 + 10 * 15,
        elapsed: 0,
        interrupted: false,
      },
    );
    assert.equal(readFileSync(join(dir, "7.txt"), "utf8"), "this is /7.txt\n");
    assert.equal(readdirSync(dir).filter((name) => !name.startsWith(".")).length, 50);
  });

  it("does nothing before it is awaited", async () => {
    const out = join(dir, "out");
    downloadMany(list(1), { dir: out });
    assert.equal(existsSync(out), false);
  });

  it("gives its events to for await, without a loop", async () => {
    const events: DownloadEvent[] = [];
    for await (const event of downloadMany(list(3), { dir })) events.push(event);
    assert.equal(events.filter(({ type }) => type === "start").length, 3);
    assert.equal(events.filter(({ type }) => type === "done").length, 3);
    assert.equal(events.at(-1)?.type, "end");
  });

  it("gives its events to forEach in a coroutine", async () => {
    const types: string[] = [];
    await run(function* () {
      yield* forEach(downloadMany(list(1), { dir }), (event) => void types.push(event.type));
    });
    assert.deepEqual(types, ["start", "done", "end"]);
  });

  it("leaves off when the loop of events is left", async () => {
    let seen = 0;
    for await (const event of downloadMany(list(1000), { dir, limit: 2 })) {
      if (event.type === "done") seen++;
      if (seen === 5) break;
    }
    const saved = readdirSync(dir).length;
    assert.ok(saved >= 5 && saved < 100, `${saved} were saved`);
  });

  it("makes its workers wait while whoever reads the events is slow, and loses none", async () => {
    handler = (_, response) => void response.end("x");
    const events: DownloadEvent[] = [];
    const downloads = downloadMany(list(4000), { dir, limit: 50 });
    const iterator = downloads[Symbol.asyncIterator]();
    const first = await iterator.next();
    const { progress } = downloads;
    for (let before = -1; before !== progress.done || before < 100; await setTimeout(500)) before = progress.done;
    assert.ok(progress.done < 2500, `${progress.done} were done before the second event was read`);
    for (let next = first; next.done !== true; next = await iterator.next()) events.push(next.value);
    assert.equal(events.filter(({ type }) => type === "done").length, 4000);
    assert.equal(events.at(-1)?.type, "end");
  });

  it("tells how far it is", async () => {
    const downloads = downloadMany(list(10), { dir });
    assert.deepEqual([downloads.progress.done, downloads.progress.total], [0, null]);
    await run(downloads);
    const { done, skipped, failed, total, bytes, totalBytes, active } = downloads.progress;
    assert.deepEqual([done, skipped, failed, total, bytes, totalBytes], [10, 0, 0, 10, 150, 150]);
    assert.deepEqual([...active], []);
    assert.equal(String(downloads), "<Downloads done=10 skipped=0 failed=0>");
  });

  it("is used once", async () => {
    const downloads = downloadMany(list(1), { dir });
    await run(downloads);
    await assert.rejects(run(downloads), RuntimeError);
    assert.throws(() => downloads[Symbol.asyncIterator](), RuntimeError);
  });

  it("reads its list as it is needed, and closes it", async () => {
    let read = 0;
    let closed = false;
    const endless = async function* () {
      try {
        for (; ; read++) yield `${base}/${read}.txt`;
      } finally {
        closed = true;
      }
    };
    for await (const event of downloadMany(endless(), { dir })) if (event.type === "done" && event.n >= 50) break;
    assert.ok(read < 10_000, `${read} were read`);
    assert.equal(closed, true);
  });

  it("throws what the list throws, after what was begun", async () => {
    const broken = function* () {
      yield* list(3);
      throw new Error("the list broke");
    };
    const types: string[] = [];
    await assert.rejects(async () => {
      for await (const { type } of downloadMany(broken(), { dir })) types.push(type);
    }, /the list broke/);
    assert.equal(types.at(-1), "end");
  });

  it("throws what its listener throws", async () => {
    const onEvent = (event: DownloadEvent) => {
      if (event.type === "done") throw new Error("no more");
    };
    await assert.rejects(run(downloadMany(list(3), { dir, onEvent })), /no more/);
  });

  it("throws what its listener throws at the end", async () => {
    const onEvent = (event: DownloadEvent) => {
      if (event.type === "end") throw new Error("no more");
    };
    await assert.rejects(run(downloadMany(list(3), { dir, onEvent })), /no more/);
    await assert.rejects(async () => {
      for await (const _ of downloadMany(list(3), { dir, onEvent }));
    }, /no more/);
  });

  it("gives the summary that the last event told", async () => {
    const events: DownloadEvent[] = [];
    const summary = await run(downloadMany(list(3), { dir, onEvent: (event) => void events.push(event) }));
    assert.deepEqual(events.at(-1), { type: "end", ...summary });
  });

  it("begins nothing if its events are left before the first one is asked for", async () => {
    const out = join(dir, "out");
    const events = downloadMany(list(1), { dir: out })[Symbol.asyncIterator]();
    await events.return?.();
    assert.deepEqual(await events.next(), { done: true, value: undefined });
    await setTimeout(50);
    assert.equal(existsSync(out), false);
  });

  it("refuses options that can't be, and a list that is none", () => {
    const wrong: DownloadOptions[] = [
      { limit: 0 },
      { limit: Number.POSITIVE_INFINITY },
      { split: 1.5 },
      { retries: -1 },
      { rate: 0 },
      { idleTimeout: 0 },
      { maxSize: Number.NaN },
      { exists: "maybe" as "skip" },
      { name: "{nonsense}" },
    ];
    for (const options of wrong) assert.throws(() => downloadMany([], options), JSON.stringify(options));
    assert.throws(() => downloadMany("http://127.0.0.1/"), /one address: write \[address\]/);
  });

  it("throws if the folder can't be used", async () => {
    writeFileSync(join(dir, "file"), "");
    await assert.rejects(run(downloadMany([], { dir: join(dir, "file") })), DownloadError);
  });

  it("uses the loop of the coroutine that goes through its events, and one of its own elsewhere", async () => {
    const loops = new Set<unknown>();
    const onEvent = () => void loops.add(getRunningLoop());
    await run(function* () {
      yield* forEach(downloadMany(list(1), { dir, onEvent }), () => {});
      assert.deepEqual([...loops], [getRunningLoop()]);
    });
    for await (const _ of downloadMany(list(1), { dir, onEvent }));
    assert.equal(loops.size, 2);
  });
});
