import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { DoneEvent, FailedEvent } from "../../src/index.ts";
import { cut, honest, onRange, raw, status, withHeaders } from "../hostile-answers.ts";
import { Place } from "./downloading.ts";

const SIZE = 300_000;
const CUT = 200_000;

/** A file whose first transfer ends early, and is left so: what the next run finds. */
async function interrupted(place: Place, path = "/big.bin"): Promise<void> {
  const file = place.server.file(path);
  file.size = SIZE;
  place.server.plan(path, cut(CUT));
  const { story } = await place.download([place.url(path)], { retries: 0 });
  assert.match(story, /failed:ERR_CLIENT_PAYLOAD/);
}

describe("a transfer that ended early", () => {
  it("goes on where it ended, within a retry", async () => {
    await using place = await Place.open();
    const file = place.server.plan("/big.bin", cut(CUT));
    file.size = SIZE;
    const { story, events } = await place.download([place.url("/big.bin")]);
    assert.match(story, /^start@0 retry:ERR_CLIENT_PAYLOAD start@\d+ done$/);
    assert.ok(place.isWhole("big.bin"));
    const [, second] = file.requests;
    assert.equal(second?.headers.range, `bytes=${CUT}-`);
    assert.equal(second?.headers["if-range"], file.etag);
    const done = events.find((event) => event.type === "done") as DoneEvent;
    assert.deepEqual([done.bytes, done.received, done.resumed, done.attempts], [SIZE, SIZE, 0, 2]);
    assert.deepEqual(place.files(), ["big.bin"]);
  });

  it("is kept, and gone on from in another run", async () => {
    await using place = await Place.open();
    await interrupted(place);
    assert.deepEqual(place.files(), [".big.bin.part", ".big.bin.part.json"]);
    const { story, events } = await place.download([place.url("/big.bin")]);
    assert.equal(story, `start@${CUT} done`);
    const done = events.find((event) => event.type === "done") as DoneEvent;
    assert.deepEqual([done.bytes, done.received, done.resumed], [SIZE, SIZE - CUT, CUT]);
    assert.ok(place.isWhole("big.bin"));
    assert.deepEqual(place.files(), ["big.bin"]);
  });

  it("tells how much is kept", async () => {
    await using place = await Place.open();
    place.server.plan("/big.bin", cut(CUT)).size = SIZE;
    const { events } = await place.download([place.url("/big.bin")], { retries: 0 });
    const failed = events.find((event) => event.type === "failed") as FailedEvent;
    assert.equal(failed.kept, CUT);
  });

  it("goes on by a Last-Modified that is strong, where there is no ETag", async () => {
    await using place = await Place.open();
    place.server.file("/big.bin").etag = null;
    await interrupted(place);
    const file = place.server.file("/big.bin");
    const { story } = await place.download([place.url("/big.bin")]);
    assert.equal(story, `start@${CUT} done`);
    assert.equal(file.requests[1]?.headers["if-range"], file.lastModified);
    assert.ok(place.isWhole("big.bin"));
  });

  for (const [name, etag] of [
    ["a weak ETag", 'W/"1"'],
    ["nothing", null],
  ] as const) {
    it(`begins anew where the server gives ${name} to tell versions by`, async () => {
      await using place = await Place.open();
      const file = place.server.file("/big.bin");
      file.etag = etag;
      file.lastModified = null;
      await interrupted(place);
      const { story } = await place.download([place.url("/big.bin")]);
      assert.equal(story, "start@0 done");
      assert.equal(file.requests[1]?.headers.range, undefined);
      assert.ok(place.isWhole("big.bin"));
      assert.deepEqual(place.files(), ["big.bin"]);
    });
  }

  it("begins anew when the file has changed", async () => {
    await using place = await Place.open();
    await interrupted(place);
    place.server.file("/big.bin").change();
    const { story } = await place.download([place.url("/big.bin")]);
    assert.equal(story, `start@${CUT} done`);
    assert.ok(place.isWhole("big.bin"));
    assert.equal(place.server.file("/big.bin").requests.length, 2, "the answer 200 is used as it is");
  });

  it("begins anew when the file has changed and is small now", async () => {
    await using place = await Place.open();
    await interrupted(place);
    place.server.file("/big.bin").change(100);
    await place.download([place.url("/big.bin")]);
    assert.ok(place.isWhole("big.bin"));
    assert.deepEqual(place.files(), ["big.bin"]);
  });

  const lies: readonly [string, Parameters<typeof onRange>[0]][] = [
    ["another start", withHeaders({ "content-range": `bytes ${CUT - 1}-${SIZE - 1}/${SIZE}` })],
    ["another end", withHeaders({ "content-range": `bytes ${CUT}-${SIZE - 2}/${SIZE}` })],
    ["another total", withHeaders({ "content-range": `bytes ${CUT}-${SIZE - 1}/${SIZE + 1}` })],
    ["no Content-Range", withHeaders({ "content-range": null })],
    ["several ranges", withHeaders({ "content-range": null, "content-type": "multipart/byteranges; boundary=x" })],
    ["another ETag", withHeaders({ etag: '"other"' })],
    ["no ETag", withHeaders({ etag: null })],
    ["a coding", withHeaders({ "content-encoding": "gzip" })],
    ["416 and another size", status(416, { "content-range": `bytes */${CUT + 1}` })],
    ["416 and no size", status(416)],
  ];
  for (const [name, lie] of lies) {
    it(`begins anew when the part that comes has ${name}`, async () => {
      await using place = await Place.open();
      await interrupted(place);
      const file = place.server.always("/big.bin", onRange(lie));
      const { summary } = await place.download([place.url("/big.bin")]);
      assert.equal(summary.done, 1);
      assert.equal(file.requests.at(-1)?.headers.range, undefined);
      assert.ok(place.isWhole("big.bin"));
      assert.deepEqual(place.files(), ["big.bin"]);
    });
  }

  it("asks for the last byte again when all is there, and has the version confirmed", async () => {
    await using place = await Place.open();
    await interrupted(place);
    const file = place.server.file("/big.bin");
    writeFileSync(join(place.dir, ".big.bin.part"), file.content.bytes());
    const { story } = await place.download([place.url("/big.bin")]);
    assert.equal(story, `start@${SIZE - 1} done`);
    assert.ok(place.isWhole("big.bin"));
  });

  it("begins anew when all is there, and of another version", async () => {
    await using place = await Place.open();
    await interrupted(place);
    const file = place.server.file("/big.bin");
    writeFileSync(join(place.dir, ".big.bin.part"), file.content.bytes());
    file.change();
    await place.download([place.url("/big.bin")]);
    assert.ok(place.isWhole("big.bin"));
  });

  it("takes 416 with just its size for success, where the length was not known", async () => {
    await using place = await Place.open();
    const file = place.server.file("/big.bin");
    file.size = SIZE;
    place.server.plan("/big.bin", cut("in the last chunk", "fin", { chunked: true }));
    const first = await place.download([place.url("/big.bin")], { retries: 0 });
    assert.match(first.story, /failed/);
    writeFileSync(join(place.dir, ".big.bin.part"), file.content.bytes());
    const { story } = await place.download([place.url("/big.bin")]);
    assert.equal(story, `start@${SIZE} done`);
    assert.ok(place.isWhole("big.bin"));
    assert.deepEqual(place.files(), ["big.bin"]);
  });

  it("begins anew when the part is longer than the file", async () => {
    await using place = await Place.open();
    await interrupted(place);
    writeFileSync(join(place.dir, ".big.bin.part"), Buffer.alloc(SIZE + 1));
    const { story } = await place.download([place.url("/big.bin")]);
    assert.equal(story, "start@0 done");
    assert.ok(place.isWhole("big.bin"));
  });

  it("is not gone on from with another address", async () => {
    await using place = await Place.open();
    await interrupted(place);
    place.server.file("/other.bin").size = SIZE;
    const { story } = await place.download([{ url: place.url("/other.bin"), name: "big.bin" }]);
    assert.equal(story, "start@0 done");
    assert.ok(place.isWhole("big.bin", "/other.bin"));
  });

  it("keeps the part while the server fails", async () => {
    await using place = await Place.open();
    await interrupted(place);
    place.server.plan("/big.bin", status(503));
    const { story } = await place.download([place.url("/big.bin")]);
    assert.equal(story, `start@${CUT} retry:ERR_STATUS start@${CUT} done`);
  });

  it("is of no use to resume from when it came compressed", async () => {
    await using place = await Place.open();
    const answer = withHeaders({ "content-encoding": "gzip" }, { stop: { at: CUT, how: "fin" } });
    place.server.plan("/big.bin", answer).size = SIZE;
    await place.download([place.url("/big.bin")], { retries: 0 });
    assert.deepEqual(place.files(), []);
  });

  it("is kept when the run is left", async () => {
    await using place = await Place.open();
    place.server.plan("/big.bin", cut(CUT, "stall")).size = SIZE;
    place.server.always("/small.txt", async (exchange) => {
      const big = place.server.file("/big.bin");
      await place.server.until(() => big.sent >= CUT);
      await exchange.sleep(50);
      await honest()(exchange);
    });
    await place.downloadUntil([place.url("/big.bin"), place.url("/small.txt")], (event) => event.type === "done");
    assert.ok(place.files().includes(".big.bin.part"));
    const { story } = await place.download([place.url("/big.bin")]);
    assert.match(story, /^start@[1-9]\d* done$/);
    assert.ok(place.isWhole("big.bin"));
  });
});

describe("an answer 206 that nobody asked for", () => {
  it("is refused", async () => {
    await using place = await Place.open();
    const head = "HTTP/1.1 206 Partial\r\ncontent-range: bytes 0-3/10\r\ncontent-length: 4\r\n\r\n";
    place.server.always("/a.bin", raw(`${head}abcd`, "keep"));
    const { story } = await place.download([place.url("/a.bin")], { retries: 1 });
    assert.match(story, /failed:ERR_RANGE$/);
    assert.deepEqual(place.files(), []);
  });
});
