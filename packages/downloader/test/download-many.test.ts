import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { forEach, run } from "yieldfrom";
import { type DownloadEvent, downloadMany } from "../src/index.ts";

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
});
