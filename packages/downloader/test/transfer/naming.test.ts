import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Job } from "../../src/transfer/job.ts";
import { Naming } from "../../src/transfer/naming.ts";
import { settingsOf } from "../../src/transfer/settings.ts";
import { redirect, withHeaders } from "../hostile-answers.ts";
import { Place } from "./downloading.ts";

describe("names", () => {
  it("come from the address, never from where it is redirected to", async () => {
    await using place = await Place.open();
    place.server.plan("/a.txt", redirect("/.bashrc"));
    const { events } = await place.download([place.url("/a.txt")]);
    assert.deepEqual(place.files(), ["a.txt"]);
    assert.ok(place.isWhole("a.txt", "/.bashrc"));
    const done = events.find((event) => event.type === "done");
    assert.equal(done?.finalUrl, place.url("/.bashrc"));
  });

  it("that differ in case only are one, and the error says so", () => {
    const naming = new Naming(settingsOf({}));
    naming.give(new Job(1, { url: "http://h/A.jpg" }), null);
    assert.throws(() => naming.give(new Job(2, { url: "http://h/a.jpg" }), null), {
      code: "ERR_CLASH",
      message: /^another item of the list has the name "a\.jpg", perhaps in other case; /,
    });
  });

  it("get as many numbers as it takes, in no more time for the last than for the first", () => {
    const naming = new Naming(settingsOf({ clash: "number" }));
    const begin = performance.now();
    for (let n = 1; n <= 20_000; n++) {
      const job = new Job(n, { url: `http://h/${n}/` });
      assert.equal(naming.give(job, null), "given");
      assert.equal(job.name, n === 1 ? "index.html" : `index-${n}.html`);
    }
    assert.ok(performance.now() - begin < 5000);
  });

  it("are the list's, with folders", async () => {
    await using place = await Place.open();
    await place.download([
      { url: place.url("/a"), name: "x/y/z.bin" },
      { url: place.url("/b"), dir: "d", name: "b.bin" },
      { url: place.url("/c"), dir: "d" },
    ]);
    assert.deepEqual(place.files(), ["d/b.bin", "d/c", "x/y/z.bin"]);
  });

  it("of the list that lead outside are failures", async () => {
    await using place = await Place.open();
    for (const name of ["../a", "/a", "a/../../b", ".hidden", "", "a\0b"]) {
      const { story } = await place.download([{ url: place.url("/a"), name }]);
      assert.equal(story, "failed:ERR_NAME", JSON.stringify(name));
    }
    assert.deepEqual(place.files(), []);
    assert.equal(place.server.requests.length, 0);
  });

  it("are made by the template", async () => {
    await using place = await Place.open();
    await place.download([place.url("/a.txt"), place.url("/b.txt")], { name: "{n:03}-{base}" });
    assert.deepEqual(place.files(), ["001-a.txt", "002-b.txt"]);
  });

  it("are the server's if asked for, made safe", async () => {
    await using place = await Place.open();
    const disposition = "attachment; filename*=UTF-8''..%2F..%2Fe%1Bvil.txt";
    place.server.always("/a", withHeaders({ "content-disposition": disposition }));
    await place.download([place.url("/a"), place.url("/b.txt")], { contentDisposition: true });
    const [, evil] = place.files();
    assert.deepEqual(place.files(), ["b.txt", evil]);
    assert.match(evil ?? "", /^e.vil\.txt$/);
    assert.doesNotMatch(evil ?? "", /\p{Cc}/u);
  });

  it("of the server are no matter if the list has one, or nobody asked", async () => {
    await using place = await Place.open();
    place.server.always("/a", withHeaders({ "content-disposition": 'attachment; filename="b"' }));
    await place.download([{ url: place.url("/a"), name: "mine" }], { contentDisposition: true });
    await place.download([place.url("/a")]);
    assert.deepEqual(place.files(), ["a", "mine"]);
  });

  it("of the server lead to what is there of the file", async () => {
    await using place = await Place.open();
    const named = { "content-disposition": 'attachment; filename="big.bin"' };
    const file = place.server.always("/x", withHeaders(named));
    file.size = 300_000;
    place.server.plan("/x", withHeaders(named, { stop: { at: 200_000, how: "fin" } }));
    const options = { contentDisposition: true };
    await place.download([place.url("/x")], { ...options, retries: 0 });
    assert.ok(place.files().includes(".big.bin.part"));
    const { story } = await place.download([place.url("/x")], options);
    assert.equal(story, "start@0 done");
    assert.match(file.requests.at(-1)?.headers.range ?? "", /^bytes=\d+-$/);
    assert.ok(place.isWhole("big.bin", "/x"));
    const again = await place.download([place.url("/x")], options);
    assert.equal(again.story, "start@0 skipped:exists");
  });
});

describe("two items with one name", () => {
  const list = (place: Place) => [place.url("/x/a.txt"), place.url("/y/a.txt")];

  it("are a failure of the second", async () => {
    await using place = await Place.open();
    const { story, summary } = await place.download(list(place));
    assert.match(story, /failed:ERR_CLASH/);
    assert.deepEqual([summary.done, summary.failed], [1, 1]);
    assert.ok(place.isWhole("a.txt", "/x/a.txt"));
  });

  it("are skipped but the first", async () => {
    await using place = await Place.open();
    const { story } = await place.download(list(place), { clash: "skip" });
    assert.match(story, /skipped:clash/);
    assert.ok(place.isWhole("a.txt", "/x/a.txt"));
  });

  it("are numbered, in the order of the list", async () => {
    await using place = await Place.open();
    await place.download(list(place), { clash: "number" });
    assert.ok(place.isWhole("a.txt", "/x/a.txt"));
    assert.ok(place.isWhole("a-2.txt", "/y/a.txt"));
    const again = await place.download(list(place), { clash: "number" });
    assert.equal(again.story, "skipped:exists skipped:exists");
  });

  it("overwrite each other, one after the other", async () => {
    await using place = await Place.open();
    for (const path of ["/x/a.bin", "/y/a.bin", "/z/a.bin"]) place.server.file(path).size = 500_000;
    const { summary } = await place.download(
      ["/x/a.bin", "/y/a.bin", "/z/a.bin"].map((path) => place.url(path)),
      { clash: "overwrite" },
    );
    assert.equal(summary.done, 3);
    assert.ok(place.isWhole("a.bin", "/z/a.bin"), "the last one of the list is there in the end");
    assert.deepEqual(place.files(), ["a.bin"]);
  });

  it("are a duplicate if they have one address", async () => {
    await using place = await Place.open();
    const { story } = await place.download([place.url("/a.txt"), place.url("/a.txt")]);
    assert.match(story, /skipped:duplicate/);
    assert.equal(place.server.requests.length, 1);
  });
});

describe("what the list has", () => {
  it("may be no address: a failure of its own", async () => {
    await using place = await Place.open();
    const { events, summary } = await place.download([
      "nonsense",
      "localhost:8080/a.txt",
      "ftp://u:secret@host/x",
      { url: place.url("/a.txt"), checksum: "sha256=12" },
      { url: place.url("/a.txt"), headers: { Range: "bytes=0-1" } },
      place.url("/a.txt"),
    ]);
    const codes = events.filter((event) => event.type === "failed").map(({ reason }) => reason.code);
    assert.deepEqual(codes, [
      "ERR_INVALID_URL",
      "ERR_INVALID_URL",
      "ERR_NON_HTTP_URL",
      "ERR_CHECKSUM_FORM",
      "ERR_HEADER",
    ]);
    assert.doesNotMatch(JSON.stringify(events), /secret/);
    assert.deepEqual([summary.done, summary.failed], [1, 5]);
  });
});
