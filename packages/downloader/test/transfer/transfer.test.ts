import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { toThread, workerModule } from "@yieldfrom/executors";
import { createTask, isCancelled, run, sleep, timeout } from "yieldfrom";
import { type DownloadEvent, downloadMany, type SavedFile } from "../../src/index.ts";
import { bomb, cut, honest, onReuse, raw, redirect, slowly, status, withHeaders } from "../hostile-answers.ts";
import { Place } from "./downloading.ts";

describe("bodies", () => {
  for (const size of [0, 1, 64 * 1024, 64 * 1024 + 1, 3_000_000]) {
    for (const [name, sending] of [
      ["of known length", {}],
      ["in chunks", { chunked: true }],
      ["that end with the connection", { untilClose: true }],
    ] as const) {
      it(`of ${size} bytes ${name} are saved whole`, async () => {
        await using place = await Place.open();
        place.server.always("/a.bin", honest(sending)).size = size;
        const { story } = await place.download([place.url("/a.bin")]);
        assert.equal(story, "start@0 done");
        assert.ok(place.isWhole("a.bin"));
        assert.deepEqual(place.files(), ["a.bin"]);
      });
    }
  }

  for (const chunked of [false, true]) {
    it(`that end early are never there (${chunked ? "chunked" : "length"})`, async () => {
      await using place = await Place.open();
      place.server.always("/a.bin", cut(100, "fin", { chunked })).size = 1000;
      const { story } = await place.download([place.url("/a.bin")], { retries: 1 });
      assert.equal(story, "start@0 retry:ERR_CLIENT_PAYLOAD start@0 failed:ERR_CLIENT_PAYLOAD");
      assert.deepEqual(place.files(), []);
    });
  }

  it("that are too large are refused, announced or not", async () => {
    await using place = await Place.open();
    place.server.file("/a.bin").size = 200_000;
    place.server.always("/b.bin", honest({ chunked: true })).size = 200_000;
    const list = [place.url("/a.bin"), place.url("/b.bin")];
    const { story } = await place.download(list, { maxSize: 199_999 });
    assert.equal(story.match(/failed:ERR_TOO_LARGE/g)?.length, 2);
    assert.deepEqual(place.files(), []);
    const { summary } = await place.download(list, { maxSize: 200_000 });
    assert.equal(summary.done, 2);
  });

  it("that come compressed though nobody asked are saved as sent", async () => {
    await using place = await Place.open();
    const body = gzipSync("this is a\n".repeat(100));
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`;
    const file = place.server.always("/a.gz", raw(Buffer.concat([Buffer.from(head), body]), "keep"));
    await place.download([place.url("/a.gz")]);
    assert.equal(file.requests[0]?.headers["accept-encoding"], "identity");
    assert.deepEqual(place.read("a.gz"), body);
  });

  it("are inflated where that is wanted", async () => {
    await using place = await Place.open();
    const text = "this is a\n".repeat(100_000);
    const body = gzipSync(text);
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`;
    place.server.always("/a.txt", raw(Buffer.concat([Buffer.from(head), body]), "keep"));
    const { story } = await place.download([place.url("/a.txt")], { compressed: true });
    assert.equal(story, "start@0 done");
    assert.equal(place.read("a.txt").toString(), text);
  });

  it("are not inflated without bound", async () => {
    await using place = await Place.open();
    place.server.always("/bomb", bomb(200_000_000));
    const { story } = await place.download([place.url("/bomb")], { compressed: true, retries: 0 });
    assert.match(story, /failed:ERR_BODY_TOO_LARGE/);
    assert.deepEqual(place.files(), []);
  });
});

describe("checksums", () => {
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

  for (const size of [1000, 300_000]) {
    it(`of the list and of the options are compared (${size} bytes)`, async () => {
      await using place = await Place.open();
      const file = place.server.file("/a.bin");
      file.size = size;
      const checksum = `sha256=${sha256(file.content.bytes())}`;
      const own = await place.download([{ url: place.url("/a.bin"), checksum }]);
      assert.equal(own.events.find((event) => event.type === "done")?.checksum, checksum);
      const checksums = new Map([["a.bin", checksum]]);
      const listed = await place.download([place.url("/a.bin")], { exists: "overwrite", checksums });
      assert.equal(listed.events.find((event) => event.type === "done")?.checksum, checksum);
    });

    it(`that differ cost one more attempt, from the start (${size} bytes)`, async () => {
      await using place = await Place.open();
      const file = place.server.file("/a.bin");
      file.size = size;
      const good = `sha256=${sha256(file.content.bytes())}`;
      file.version = 2;
      place.server.plan("/a.bin", async (exchange) => {
        await honest()(exchange);
        exchange.file.version = 1;
      });
      const { story } = await place.download([{ url: place.url("/a.bin"), checksum: good }]);
      assert.equal(story, "start@0 retry:ERR_CHECKSUM start@0 done");
      assert.ok(file.requests.every(({ headers }) => headers.range === undefined));
      const bad = `sha256=${"0".repeat(64)}`;
      const item = { url: place.url("/a.bin"), checksum: bad, name: "b.bin" };
      const failed = await place.download([item], { retries: 10 });
      assert.equal(failed.story, "start@0 retry:ERR_CHECKSUM start@0 failed:ERR_CHECKSUM");
      assert.deepEqual(place.files(), ["a.bin"]);
    });
  }

  it("of a file that is gone on from are those of all of it", async () => {
    await using place = await Place.open();
    const file = place.server.plan("/a.bin", cut(200_000));
    file.size = 300_000;
    const checksum = `sha256=${file.content.sha256()}`;
    const { story, events } = await place.download([{ url: place.url("/a.bin"), checksum }]);
    assert.equal(story, "start@0 retry:ERR_CLIENT_PAYLOAD start@200000 done");
    assert.equal(events.find((event) => event.type === "done")?.checksum, checksum);
  });

  for (const header of ["repr-digest", "content-digest"]) {
    it(`of the server are compared (${header})`, async () => {
      await using place = await Place.open();
      const bytes = place.server.file("/a.bin").content.bytes();
      const digest = createHash("sha256").update(bytes).digest("base64");
      place.server.always("/a.bin", withHeaders({ [header]: `sha-256=:${digest}:` }));
      const good = await place.download([place.url("/a.bin")]);
      assert.match(good.events.find((event) => event.type === "done")?.checksum ?? "", /^sha256=/);
      place.server.file("/a.bin").change();
      const bad = await place.download([place.url("/a.bin")], { exists: "overwrite" });
      assert.match(bad.story, /failed:ERR_CHECKSUM$/);
    });
  }
});

describe("failures", () => {
  for (const code of [408, 425, 429, 500, 502, 503, 504]) {
    it(`by ${code} may be overcome`, async () => {
      await using place = await Place.open();
      place.server.plan("/a", status(code));
      const { story } = await place.download([place.url("/a")]);
      assert.equal(story, "start@0 retry:ERR_STATUS start@0 done");
    });
  }

  for (const code of [204, 304, 400, 401, 403, 404, 410, 501]) {
    it(`by ${code} are final`, async () => {
      await using place = await Place.open();
      place.server.plan("/a", status(code));
      const { events, story } = await place.download([place.url("/a")]);
      assert.equal(story, "start@0 failed:ERR_STATUS");
      const failed = events.find((event) => event.type === "failed");
      assert.equal(failed?.reason.status, code);
      assert.deepEqual(place.files(), []);
    });
  }

  it("end after so many retries", async () => {
    await using place = await Place.open();
    const file = place.server.always("/a", status(500));
    const { events } = await place.download([place.url("/a")], { retries: 3 });
    assert.equal(file.requests.length, 4);
    const failed = events.find((event) => event.type === "failed");
    assert.equal(failed?.attempts, 4);
  });

  it("of a host that wants more patience than there is are final for all its items", async () => {
    await using place = await Place.open();
    place.server.always("/a", status(429, { "retry-after": "3600" }));
    const list = Array.from({ length: 10 }, (_, i) => ({ url: place.url("/a"), name: String(i) }));
    const { story, summary } = await place.download(list, { limit: 1 });
    assert.match(story, /^start@0 failed:ERR_STATUS failed:ERR_HOST_CLOSED/);
    assert.deepEqual([summary.failed, place.server.requests.length], [10, 1]);
  });

  it("are not counted while a file grows", async () => {
    await using place = await Place.open();
    const file = place.server.always("/a", cut(1_500_000));
    file.size = 7_000_000;
    const { summary } = await place.download([place.url("/a")], { retries: 1 });
    assert.equal(summary.done, 1);
    assert.ok(place.isWhole("a"));
  });

  it("by silence or slowness may be overcome", async () => {
    await using place = await Place.open();
    place.server.plan("/a", cut(70_000, "stall"), slowly(1000, 20)).size = 200_000;
    const { story } = await place.download([place.url("/a")], { idleTimeout: 100, slowLimit: 100_000, slowTime: 200 });
    assert.match(story, /^start@0 retry:ERR_SERVER_TIMEOUT start@70000 retry:ERR_SLOW start@[789]\d* done$/);
    assert.ok(place.isWhole("a"));
  });

  it("by the time that an attempt may take may be overcome", async () => {
    await using place = await Place.open();
    place.server.plan("/a", slowly(5000, 20)).size = 200_000;
    const { story } = await place.download([place.url("/a")], { totalTimeout: 400 });
    assert.match(story, /^start@0 retry:ERR_SERVER_TIMEOUT start@[1-9]\d* done$/);
    assert.ok(place.isWhole("a"));
  });

  it("of a connection that was kept too long are no failures", async () => {
    await using place = await Place.open();
    place.server.answer = onReuse((exchange) => exchange.fin());
    const list = Array.from({ length: 5 }, (_, i) => place.url(`/${i}`));
    const { summary, story } = await place.download(list, { limit: 1 });
    assert.equal(summary.done, 5);
    assert.doesNotMatch(story, /retry/);
  });

  it("of redirects are final", async () => {
    await using place = await Place.open();
    place.server.always("/a", redirect("/a"));
    place.server.always("/b", redirect("file:///etc/passwd"));
    const { story } = await place.download([place.url("/a"), place.url("/b")], { limit: 1, maxRedirects: 3 });
    assert.equal(story, "start@0 failed:ERR_TOO_MANY_REDIRECTS start@0 failed:ERR_NON_HTTP_URL_REDIRECT");
    assert.equal(place.server.file("/a").requests.length, 4);
  });
});

describe("headers", () => {
  it("of an item and of all go to its own origin only", async () => {
    await using place = await Place.open();
    await using other = await Place.open();
    place.server.always("/a", redirect(other.url("/b")));
    const headers = { Authorization: "Bearer 1", "X-Token": "2" };
    const item = { url: place.url("/a"), headers };
    await place.download([item], { headers: { "X-Api-Key": "3", "User-Agent": "me" } });
    const [first] = place.server.requests;
    const [second] = other.server.requests;
    const shown = (seen: typeof first) =>
      ["authorization", "x-token", "x-api-key", "user-agent"].map((name) => seen?.headers[name]);
    assert.deepEqual(shown(first), ["Bearer 1", "2", "3", "me"]);
    assert.deepEqual(shown(second), [undefined, undefined, undefined, "me"]);
    assert.ok(place.isWhole("a", "/b"));
  });

  it("stay at home when a transfer goes on, too", async () => {
    await using place = await Place.open();
    await using other = await Place.open();
    place.server.always("/a", redirect(other.url("/b")));
    other.server.plan("/b", cut(200_000)).size = 300_000;
    await place.download([{ url: place.url("/a"), headers: { "X-Token": "2" } }]);
    assert.deepEqual(
      other.server.requests.map(({ headers }) => headers["x-token"]),
      [undefined, undefined],
    );
    assert.equal(other.server.requests[1]?.headers.range, "bytes=200000-");
  });

  it("that can't be sent are a failure of the item", async () => {
    await using place = await Place.open();
    const { story } = await place.download([{ url: place.url("/a"), headers: { "X-A": "1\r\nX-B: 2" } }]);
    assert.equal(story, "start@0 failed:ERR_HEADER");
    assert.equal(place.server.requests.length, 0);
  });

  it("of all that can't be sent are refused", async () => {
    await using place = await Place.open();
    assert.throws(() => downloadMany([], { headers: { Range: "bytes=0-" } }), { code: "ERR_HEADER" });
    await assert.rejects(place.download([], { headers: { "X-A": "1\n" } }), TypeError);
  });

  it("are made of user info in the address, which nobody is shown", async () => {
    await using place = await Place.open();
    await using other = await Place.open();
    place.server.always("/b", redirect(other.url("/b")));
    const secret = (path: string) => place.url(path).replace("//", "//me:secret@");
    const { events } = await place.download([secret("/a"), secret("/b")], { limit: 1 });
    assert.equal(place.server.requests[0]?.headers.authorization, `Basic ${btoa("me:secret")}`);
    assert.equal(other.server.requests[0]?.headers.authorization, undefined);
    assert.doesNotMatch(JSON.stringify(events), /secret/);
    place.server.plan("/c", cut(200_000)).size = 300_000;
    await place.download([secret("/c")], { retries: 0 });
    assert.doesNotMatch(place.read(".c.part.json").toString(), /secret/);
  });
});

describe("an own save", () => {
  it("is given each body, and may wait", async () => {
    await using place = await Place.open();
    const saved: SavedFile[] = [];
    const { summary } = await place.download([place.url("/a"), place.url("/x/a")], {
      *save(file) {
        yield* sleep(1);
        saved.push(file);
      },
    });
    assert.equal(summary.done, 2);
    assert.deepEqual(saved.map(({ n }) => n).toSorted(), [1, 2]);
    for (const { url, bytes, name } of saved) {
      assert.ok(place.server.file(new URL(url).pathname).content.bytes().equals(bytes));
      assert.equal(name, "a");
    }
    assert.deepEqual(place.files(), []);
  });

  it("may run in an executor", async () => {
    await using place = await Place.open();
    const sums = new Map<string, string>();
    const worker = workerModule<typeof import("./save-worker.ts")>(new URL("./save-worker.ts", import.meta.url));
    const { summary } = await place.download([place.url("/a"), place.url("/b")], {
      *save({ name, bytes }) {
        sums.set(name, yield* toThread(worker.sha256, bytes));
      },
    });
    assert.equal(summary.done, 2);
    for (const name of ["a", "b"]) assert.equal(sums.get(name), place.server.file(`/${name}`).content.sha256());
  });

  it("that fails is a failure of the item", async () => {
    await using place = await Place.open();
    const { story } = await place.download([place.url("/a")], {
      *save() {
        throw new Error("no room");
      },
    });
    assert.equal(story, "start@0 failed:ERR_SAVE");
  });

  it("may be an async function, or an ordinary one", async () => {
    await using place = await Place.open();
    const names: string[] = [];
    const { story } = await place.download([place.url("/a"), place.url("/b")], {
      limit: 1,
      save: async ({ name }) => {
        await Promise.resolve();
        if (name === "b") throw new Error("no room");
        names.push(name);
      },
    });
    assert.equal(story, "start@0 done start@0 failed:ERR_SAVE");
    assert.deepEqual(names, ["a"]);
    await place.download([place.url("/c")], {
      save({ name }) {
        names.push(name);
      },
    });
    assert.deepEqual(names, ["a", "c"]);
  });

  it("that waits for something that is cancelled is a failure of that item alone", async () => {
    await using place = await Place.open();
    const { story, summary } = await place.download([place.url("/a"), place.url("/b")], {
      limit: 1,
      *save({ n }) {
        if (n > 1) return;
        const task = createTask(sleep(1000));
        task.cancel();
        yield* task;
      },
    });
    assert.equal(story, "start@0 failed:ERR_SAVE start@0 done");
    assert.deepEqual([summary.done, summary.failed], [1, 1]);
  });

  it("is given nothing that is too large or wrong", async () => {
    await using place = await Place.open();
    place.server.file("/a").size = 1001;
    place.server.always("/b", honest({ chunked: true })).size = 1001;
    let count = 0;
    const { summary } = await place.download(
      [place.url("/a"), place.url("/b"), { url: place.url("/c"), checksum: `md5=${"0".repeat(32)}` }],
      {
        maxSize: 1000,
        *save() {
          yield* sleep(0);
          count++;
        },
      },
    );
    assert.deepEqual([summary.failed, count], [3, 0]);
  });
});

describe("a dry run", () => {
  it("asks for the facts only", async () => {
    await using place = await Place.open();
    place.server.file("/a").size = 123;
    place.server.plan("/b", status(405)).size = 45;
    place.server.always("/c", status(404));
    const list = ["/a", "/b", "/c"].map((path) => place.url(path));
    const { events, summary } = await place.download(list, { dryRun: true, dir: `${place.dir}/out`, limit: 1 });
    const skipped = events.filter((event) => event.type === "skipped");
    assert.deepEqual(
      skipped.map(({ name, reason, bytes }) => [name, reason, bytes]),
      [
        ["a", "dry-run", 123],
        ["b", "dry-run", 45],
      ],
    );
    assert.equal(summary.failed, 1);
    assert.deepEqual(place.files(), []);
    assert.deepEqual(
      place.server.requests.map(({ method }) => method),
      ["HEAD", "HEAD", "GET", "HEAD"],
    );
  });

  it("tells what is there already, and makes no folder", async () => {
    await using place = await Place.open();
    await place.download([place.url("/a")]);
    const list = [place.url("/a"), place.url("/b")];
    const dry = await place.download(list, { dryRun: true, limit: 1 });
    assert.equal(dry.story, "skipped:exists start@0 skipped:dry-run");
    const strict = await place.download(list, { dryRun: true, limit: 1, exists: "refuse" });
    assert.equal(strict.story, "failed:ERR_EXISTS start@0 skipped:dry-run");
    const over = await place.download(list, { dryRun: true, limit: 1, exists: "overwrite" });
    assert.equal(over.story, "start@0 skipped:dry-run start@0 skipped:dry-run");
    const numbered = await place.download(list, { dryRun: true, limit: 1, exists: "number" });
    assert.deepEqual(
      numbered.events.flatMap((event) => (event.type === "skipped" ? [event.name] : [])),
      ["a-2", "b"],
    );
    const updated = await place.download(list, { dryRun: true, limit: 1, exists: "update" });
    assert.equal(updated.story, "start@0 skipped:unchanged start@0 skipped:dry-run");
    await place.download(list, { dryRun: true, dir: join(place.dir, "new") });
    assert.equal(existsSync(join(place.dir, "new")), false);
    assert.deepEqual(place.files(), ["a"]);
  });
});

describe("an interrupt", () => {
  it("ends what was begun, once each, and keeps the parts", async () => {
    await using place = await Place.open();
    place.server.plan("/big", cut(200_000, "stall")).size = 300_000;
    place.server.always("/later", status(503));
    place.server.always("/stall", cut("before the status line", "stall"));
    const events: DownloadEvent[] = [];
    const list = [place.url("/big"), place.url("/stall"), place.url("/later"), place.url("/done"), place.url("/never")];
    const main = function* () {
      yield* timeout(300, () =>
        downloadMany(list, {
          dir: place.dir,
          limit: 3,
          retryDelay: 60_000,
          maxRetryDelay: 60_000,
          onEvent: (event) => void events.push(event),
        }),
      );
    };
    await assert.rejects(run(main), (error) => !isCancelled(error));
    const outcomes = new Map<number, string[]>();
    for (const event of events) {
      if (event.type !== "done" && event.type !== "failed") continue;
      const outcome = event.type === "done" ? "done" : `${event.reason.code} ${event.kept}`;
      outcomes.set(event.n, [...(outcomes.get(event.n) ?? []), outcome]);
    }
    assert.deepEqual(outcomes.get(1), ["ERR_INTERRUPTED 200000"]);
    assert.deepEqual(outcomes.get(2), ["ERR_INTERRUPTED 0"]);
    assert.deepEqual(outcomes.get(3), ["ERR_INTERRUPTED 0"]);
    const end = events.at(-1);
    assert.ok(end?.type === "end" && end.interrupted);
    assert.ok(place.files().includes(".big.part"));
  });
});
