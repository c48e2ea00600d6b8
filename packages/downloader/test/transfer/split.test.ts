import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { DoneEvent } from "../../src/index.ts";
import { cut, honest, slowly, status, withHeaders } from "../hostile-answers.ts";
import type { Answer } from "../hostile-server.ts";
import { Place } from "./downloading.ts";

const SIZE = 2_000_000;
const SPLIT = { split: 4, minSplitSize: 100_000 };

/** `lie` for requests with Range, `other` for the rest. */
function onRange(lie: Answer, other: Answer): Answer {
  return (exchange) => (exchange.request.headers.range === undefined ? other : lie)(exchange);
}

function big(place: Place, path = "/big.bin") {
  const file = place.server.file(path);
  file.size = SIZE;
  return file;
}

describe("a file that is split", () => {
  it("comes over several connections and is put together", async () => {
    await using place = await Place.open();
    const file = big(place);
    place.server.always("/big.bin", slowly(20_000, 1));
    const { story, events } = await place.download([place.url("/big.bin")], SPLIT);
    assert.equal(story, "start@0 done");
    assert.ok(place.isWhole("big.bin"));
    assert.deepEqual(place.files(), ["big.bin"]);
    assert.ok(new Set(file.requests.map(({ connection }) => connection)).size >= 3);
    assert.ok(file.requests.slice(1).every(({ headers }) => headers["if-range"] === file.etag));
    const done = events.find((event) => event.type === "done") as DoneEvent;
    assert.equal(done.bytes, SIZE);
    assert.ok(done.received < SIZE + 4 * 70_000, `${done.received} bytes came`);
  });

  for (const [name, change] of [
    ["is small", (place: Place) => void Object.assign(big(place), { size: 150_000 })],
    [
      "has no strong validator",
      (place: Place) => void Object.assign(big(place), { etag: 'W/"1"', lastModified: null }),
    ],
    [
      "is of a server that does no ranges",
      (place: Place) => void place.server.always("/big.bin", withHeaders({ "accept-ranges": "none" })),
    ],
  ] as const) {
    it(`is not if it ${name}`, async () => {
      await using place = await Place.open();
      big(place);
      change(place);
      await place.download([place.url("/big.bin")], SPLIT);
      assert.equal(place.server.requests.length, 1);
      assert.ok(place.isWhole("big.bin"));
    });
  }

  const lies: readonly [string, Answer][] = [
    ["ignores ranges", withHeaders({ "content-range": null })],
    ["sends another part", withHeaders({ "content-range": `bytes 0-9/${SIZE}` })],
    ["has another version for each request", withHeaders({ etag: '"other"' })],
    ["refuses further connections", status(503)],
    ["refuses ranges", status(416)],
  ];
  for (const [name, lie] of lies) {
    it(`comes whole all the same if the server ${name}`, async () => {
      await using place = await Place.open();
      big(place);
      place.server.always("/big.bin", onRange(lie, slowly(20_000, 1)));
      const { summary } = await place.download([place.url("/big.bin")], { ...SPLIT, retries: 30 });
      assert.equal(summary.done, 1);
      assert.ok(place.isWhole("big.bin"));
      assert.deepEqual(place.files(), ["big.bin"]);
    });
  }

  it("comes whole from a server that serves one connection at a time, and breaks off all others", async () => {
    await using place = await Place.open();
    big(place);
    let busy = false;
    place.server.always("/big.bin", async (exchange) => {
      if (busy) return cut(1000)(exchange);
      busy = true;
      await slowly(20_000, 1)(exchange);
      busy = false;
    });
    const { summary } = await place.download([place.url("/big.bin")], { ...SPLIT, retries: 30 });
    assert.equal(summary.done, 1);
    assert.ok(place.isWhole("big.bin"));
  });

  it("leaves nothing if all that came lies behind a gap, and was given up", async () => {
    await using place = await Place.open();
    big(place);
    const cutAll: Answer = (exchange) =>
      cut(exchange.request.headers.range?.startsWith("bytes=0-") ? 0 : 1000)(exchange);
    place.server.always("/big.bin", onRange(cutAll, cut(0, "stall")));
    const options = { ...SPLIT, retries: 0, idleTimeout: 300 };
    const { events, summary } = await place.download([place.url("/big.bin")], options);
    const failed = events.find((event) => event.type === "failed");
    assert.deepEqual([summary.failed, failed?.kept], [1, 0]);
    assert.deepEqual(place.files(), []);
  });

  it("goes on in another run from what each connection had", async () => {
    await using place = await Place.open();
    const file = big(place);
    place.server.always("/big.bin", onRange(cut(150_000), cut(150_000)));
    const first = await place.download([place.url("/big.bin")], { ...SPLIT, retries: 0 });
    assert.match(first.story, /failed:ERR_CLIENT_PAYLOAD$/);
    const record = JSON.parse(readFileSync(join(place.dir, ".big.bin.part.json"), "utf8"));
    assert.ok(record.pieces.length > 1);
    const there = record.pieces.reduce(
      (sum: number, { start, next }: { start: number; next: number }) => sum + next - start,
      0,
    );
    assert.ok(there > 150_000, `${there} bytes are there`);
    place.server.always("/big.bin", honest());
    const before = file.sent;
    const { story, events } = await place.download([place.url("/big.bin")], SPLIT);
    assert.equal(story, `start@${there} done`);
    assert.ok(place.isWhole("big.bin"));
    const done = events.find((event) => event.type === "done") as DoneEvent;
    assert.equal(done.resumed, there);
    assert.ok(file.sent - before <= SIZE - there + 4 * 200_000);
    assert.deepEqual(place.files(), ["big.bin"]);
  });

  it("goes on over one connection too", async () => {
    await using place = await Place.open();
    big(place);
    place.server.always("/big.bin", onRange(cut(150_000), cut(150_000)));
    await place.download([place.url("/big.bin")], { ...SPLIT, retries: 0 });
    place.server.always("/big.bin", honest());
    const { story } = await place.download([place.url("/big.bin")]);
    assert.match(story, /^start@[1-9]\d* done$/);
    assert.ok(place.isWhole("big.bin"));
  });

  it("begins anew if it has changed meanwhile", async () => {
    await using place = await Place.open();
    const file = big(place);
    place.server.always("/big.bin", onRange(cut(150_000), cut(150_000)));
    await place.download([place.url("/big.bin")], { ...SPLIT, retries: 0 });
    place.server.always("/big.bin", honest());
    file.change();
    const { summary } = await place.download([place.url("/big.bin")], SPLIT);
    assert.equal(summary.done, 1);
    assert.ok(place.isWhole("big.bin"));
  });

  it("that was begun over one connection goes on over several", async () => {
    await using place = await Place.open();
    const file = big(place);
    place.server.plan("/big.bin", cut(300_000));
    await place.download([place.url("/big.bin")], { retries: 0 });
    place.server.always("/big.bin", slowly(20_000, 1));
    const { story } = await place.download([place.url("/big.bin")], SPLIT);
    assert.equal(story, "start@300000 done");
    assert.ok(place.isWhole("big.bin"));
    assert.ok(file.requests.length > 2);
  });

  it("has its last byte confirmed if all of it is there", async () => {
    await using place = await Place.open();
    const file = big(place);
    place.server.always("/big.bin", onRange(cut(150_000), cut(150_000)));
    await place.download([place.url("/big.bin")], { ...SPLIT, retries: 0 });
    const path = join(place.dir, ".big.bin.part.json");
    const record = JSON.parse(readFileSync(path, "utf8"));
    for (const piece of record.pieces) piece.next = piece.end;
    writeFileSync(path, JSON.stringify(record));
    writeFileSync(join(place.dir, ".big.bin.part"), file.content.bytes());
    place.server.always("/big.bin", honest());
    const { story } = await place.download([place.url("/big.bin")], SPLIT);
    assert.equal(story, `start@${SIZE - 1} done`);
    assert.ok(place.isWhole("big.bin"));
  });

  it("is verified", async () => {
    await using place = await Place.open();
    const file = big(place);
    const checksum = `sha256=${file.content.sha256()}`;
    const { events } = await place.download([{ url: place.url("/big.bin"), checksum }], SPLIT);
    assert.equal(events.find((event) => event.type === "done")?.checksum, checksum);
    const wrong = `sha256=${"0".repeat(64)}`;
    const item = { url: place.url("/big.bin"), checksum: wrong, name: "other.bin" };
    const { story } = await place.download([item], SPLIT);
    assert.equal(story, "start@0 retry:ERR_CHECKSUM start@0 failed:ERR_CHECKSUM");
    assert.deepEqual(place.files(), ["big.bin"]);
  });
});

describe("mirrors", () => {
  it("are asked in turn, without a wait, when one fails", async () => {
    await using place = await Place.open();
    place.server.always("/a", status(404));
    place.server.always("/b", status(503));
    const item = { url: place.url("/a"), mirrors: [place.url("/b"), place.url("/c")], name: "f" };
    const { story, events } = await place.download([item], { retryDelay: 60_000, maxRetryDelay: 60_000 });
    assert.equal(story, "start@0 retry:ERR_STATUS start@0 retry:ERR_STATUS start@0 done");
    assert.ok(events.every((event) => event.type !== "retry" || event.delay === 0));
    assert.ok(place.isWhole("f", "/c"));
  });

  it("that said no are not asked again, the others are", async () => {
    await using place = await Place.open();
    place.server.always("/a", status(404));
    place.server.plan("/b", status(503));
    const item = { url: place.url("/a"), mirrors: [place.url("/b")], name: "f" };
    const { story } = await place.download([item]);
    assert.equal(story, "start@0 retry:ERR_STATUS start@0 retry:ERR_STATUS start@0 done");
    assert.equal(place.server.file("/a").requests.length, 1);
  });

  it("all fail: so does the item", async () => {
    await using place = await Place.open();
    for (const path of ["/a", "/b"]) place.server.always(path, status(404));
    const { story } = await place.download([{ url: place.url("/a"), mirrors: [place.url("/b")] }]);
    assert.equal(story, "start@0 retry:ERR_STATUS start@0 failed:ERR_STATUS");
  });

  it("share the pieces if they have one ETag", async () => {
    await using place = await Place.open();
    await using other = await Place.open();
    for (const { server } of [place, other]) {
      Object.assign(server.file("/big.bin"), { size: SIZE, etag: '"one"' });
      server.always("/big.bin", slowly(20_000, 1));
    }
    await place.download([{ url: place.url("/big.bin"), mirrors: [other.url("/big.bin")] }], SPLIT);
    assert.ok(place.isWhole("big.bin"));
    assert.ok(other.server.requests.length > 0);
  });

  it("share nothing if they differ, and nobody knows the checksum", async () => {
    await using place = await Place.open();
    await using other = await Place.open();
    for (const [i, { server }] of [place, other].entries()) {
      Object.assign(server.file("/big.bin"), { size: SIZE, etag: `"${i}"`, version: i + 1 });
      server.always("/big.bin", slowly(20_000, 1));
    }
    await place.download([{ url: place.url("/big.bin"), mirrors: [other.url("/big.bin")] }], SPLIT);
    assert.ok(place.isWhole("big.bin"));
  });

  it("share the pieces if a checksum tells, whatever their ETags", async () => {
    await using place = await Place.open();
    await using other = await Place.open();
    for (const [i, { server }] of [place, other].entries()) {
      Object.assign(server.file("/big.bin"), { size: SIZE, etag: `"${i}"` });
      server.always("/big.bin", slowly(20_000, 1));
    }
    const checksum = `sha256=${place.server.file("/big.bin").content.sha256()}`;
    const item = { url: place.url("/big.bin"), mirrors: [other.url("/big.bin")], checksum };
    const { story } = await place.download([item], SPLIT);
    assert.equal(story, "start@0 done");
    assert.ok(place.isWhole("big.bin"));
    assert.ok(other.server.requests.length > 0);
  });

  it("of which one lies are told apart by the checksum", async () => {
    await using place = await Place.open();
    await using other = await Place.open();
    for (const [i, { server }] of [place, other].entries()) {
      Object.assign(server.file("/big.bin"), { size: SIZE, etag: '"one"', version: 2 - i });
      server.always("/big.bin", slowly(20_000, 1));
    }
    const checksum = `sha256=${other.server.file("/big.bin").content.sha256()}`;
    const item = { url: place.url("/big.bin"), mirrors: [other.url("/big.bin")], checksum };
    const { summary } = await place.download([item], SPLIT);
    assert.equal(summary.done, 1);
    assert.ok(place.read("big.bin").equals(other.server.file("/big.bin").content.bytes()));
  });

  it("go on from what another one sent, if a checksum tells", async () => {
    await using place = await Place.open();
    const a = place.server.file("/a");
    a.size = 300_000;
    place.server.always("/a", cut(200_000));
    place.server.always("/b", (exchange) => {
      exchange.file.size = 300_000;
      const content = a.content;
      Object.defineProperty(exchange.file, "content", { get: () => content, configurable: true });
      return honest()(exchange);
    });
    const checksum = `sha256=${a.content.sha256()}`;
    const { story } = await place.download([{ url: place.url("/a"), mirrors: [place.url("/b")], checksum, name: "f" }]);
    assert.equal(story, "start@0 retry:ERR_CLIENT_PAYLOAD start@200000 done");
    assert.ok(place.isWhole("f", "/a"));
  });
});
