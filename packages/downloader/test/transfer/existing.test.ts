import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { WhenExists } from "../../src/index.ts";
import { withHeaders } from "../hostile-answers.ts";
import { Place } from "./downloading.ts";

/** A place with a file that is no download. */
async function withFile(content = "mine"): Promise<Place> {
  const place = await Place.open();
  writeFileSync(join(place.dir, "a.txt"), content);
  return place;
}

describe("a file that is there", () => {
  it("is left, and not asked for", async () => {
    await using place = await withFile();
    const { story, summary } = await place.download([place.url("/a.txt")]);
    assert.equal(story, "skipped:exists");
    assert.equal(summary.skipped, 1);
    assert.equal(place.server.requests.length, 0);
    assert.equal(place.read("a.txt").toString(), "mine");
  });

  it("is a failure if it is to be", async () => {
    await using place = await withFile();
    const { story } = await place.download([place.url("/a.txt")], { exists: "refuse" });
    assert.equal(story, "failed:ERR_EXISTS");
    assert.equal(place.server.requests.length, 0);
  });

  it("gives way if it may", async () => {
    await using place = await withFile();
    const { story } = await place.download([place.url("/a.txt")], { exists: "overwrite" });
    assert.equal(story, "start@0 done");
    assert.ok(place.isWhole("a.txt"));
    assert.deepEqual(place.files(), ["a.txt"]);
  });

  it("has another beside it, with the next number that is free", async () => {
    await using place = await withFile();
    writeFileSync(join(place.dir, "a-2.txt"), "mine too");
    const list = [place.url("/a.txt"), place.url("/x/a-3.txt")];
    await place.download(list, { exists: "number" });
    assert.deepEqual(place.files(), ["a-2.txt", "a-3.txt", "a-4.txt", "a.txt"].toSorted());
    assert.ok(place.isWhole("a-3.txt", "/x/a-3.txt"));
    assert.ok(place.isWhole("a-4.txt", "/a.txt"));
  });

  it("keeps nothing beside it that an interrupted run has left, if the server has no other one", async () => {
    await using place = await Place.open();
    await place.download([place.url("/a.txt")]);
    // Killed between the two steps by which a file gets its name, or before its record was written.
    writeFileSync(join(place.dir, ".a.txt.part"), "rest");
    const { story } = await place.download([place.url("/a.txt")], { exists: "update" });
    assert.equal(story, "start@0 skipped:unchanged");
    assert.equal(existsSync(join(place.dir, ".a.txt.part")), false);
  });

  it("has the server's time, and is asked for by it", async () => {
    await using place = await Place.open();
    const file = place.server.file("/a.txt");
    await place.download([place.url("/a.txt")]);
    assert.equal(statSync(join(place.dir, "a.txt")).mtime.toUTCString(), file.lastModified);
    const again = await place.download([place.url("/a.txt")], { exists: "update" });
    assert.equal(again.story, "start@0 skipped:unchanged");
    file.change();
    const third = await place.download([place.url("/a.txt")], { exists: "update" });
    assert.equal(third.story, "start@0 done");
    assert.ok(place.isWhole("a.txt"));
  });

  it("is asked for by the ETag that it came with", async () => {
    await using place = await Place.open();
    const file = place.server.file("/a.txt");
    await place.download([place.url("/a.txt")], { exists: "update" });
    const again = await place.download([place.url("/a.txt")], { exists: "update" });
    assert.equal(again.story, "start@0 skipped:unchanged");
    assert.equal(file.requests[1]?.headers["if-none-match"], file.etag);
  });

  it("is not asked for by an ETag once somebody changed it", async () => {
    await using place = await Place.open();
    const file = place.server.file("/a.txt");
    await place.download([place.url("/a.txt")], { exists: "update" });
    writeFileSync(join(place.dir, "a.txt"), "changed");
    utimesSync(join(place.dir, "a.txt"), 1e9, 1e9);
    const again = await place.download([place.url("/a.txt")], { exists: "update" });
    assert.equal(again.story, "start@0 done");
    assert.equal(file.requests[1]?.headers["if-none-match"], undefined);
    assert.ok(place.isWhole("a.txt"));
  });

  it("is left when a server that knows no conditions has the same size and time", async () => {
    await using place = await Place.open();
    const file = place.server.file("/a.txt");
    file.etag = null;
    file.size = 100_000;
    await place.download([place.url("/a.txt")]);
    const { lastModified } = file;
    place.server.plan("/a.txt", (exchange) => {
      exchange.file.lastModified = null;
      return withHeaders({ "last-modified": lastModified })(exchange);
    });
    const again = await place.download([place.url("/a.txt")], { exists: "update" });
    assert.equal(again.story, "start@0 skipped:unchanged");
  });

  for (const exists of ["overwrite", "update"] satisfies WhenExists[]) {
    it(`is replaced, and not followed, if it is a link (${exists})`, async () => {
      await using place = await Place.open();
      mkdirSync(join(place.dir, "elsewhere"));
      writeFileSync(join(place.dir, "elsewhere", "b.txt"), "mine");
      symlinkSync(join(place.dir, "elsewhere", "b.txt"), join(place.dir, "a.txt"));
      const { story } = await place.download([place.url("/a.txt")], { exists });
      assert.equal(story, "start@0 done");
      assert.equal(place.read("elsewhere/b.txt").toString(), "mine");
      assert.ok(place.isWhole("a.txt"));
    });
  }

  it("leaves no part behind that a run has left beside it", async () => {
    await using place = await withFile();
    writeFileSync(join(place.dir, ".a.txt.part"), "half");
    writeFileSync(join(place.dir, ".a.txt.part.json"), "{}");
    await place.download([place.url("/a.txt")]);
    assert.deepEqual(place.files(), ["a.txt"]);
  });
});

describe("a folder of the name", () => {
  it("is a failure, and left", async () => {
    await using place = await Place.open();
    mkdirSync(join(place.dir, "a.txt"));
    const { story } = await place.download([place.url("/a.txt")], { exists: "overwrite", retries: 0 });
    assert.match(story, /failed:ERR_NOT_A_FILE$/);
    const { story: skipping } = await place.download([place.url("/a.txt")]);
    assert.equal(skipping, "failed:ERR_NOT_A_FILE"); // It is no file that is there already.
    assert.ok(statSync(join(place.dir, "a.txt")).isDirectory());
    assert.deepEqual(place.files(), []);
  });
});
