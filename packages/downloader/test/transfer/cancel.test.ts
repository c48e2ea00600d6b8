import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientSession } from "@yieldfrom/http";
import { cancelEverywhere } from "@yieldfrom/testing";
import { openFolder } from "../../src/files/output-folder.ts";
import { type DownloadEvent, type DownloadOptions, downloadMany } from "../../src/index.ts";
import { Scheduler } from "../../src/manners/scheduler.ts";
import { carry } from "../../src/transfer/carry.ts";
import { Counts } from "../../src/transfer/counts.ts";
import { engineOf } from "../../src/transfer/engine.ts";
import { Job } from "../../src/transfer/job.ts";
import { takeName } from "../../src/transfer/may-begin.ts";
import { Naming } from "../../src/transfer/naming.ts";
import { tellInterrupted } from "../../src/transfer/outcome.ts";
import { sessionOptions, settingsOf } from "../../src/transfer/settings.ts";
import { cut, honest, status } from "../hostile-answers.ts";
import { Place } from "./downloading.ts";

/** As the workers do it, but one item after the other in the calling task. */
function* carried(list: readonly string[], options: DownloadOptions, emit: (event: DownloadEvent) => void) {
  const settings = settingsOf(options);
  using folder = yield* openFolder(settings.dir, settings);
  using session = new ClientSession(sessionOptions(settings));
  const engine = engineOf(settings, session, folder, new Naming(settings), new Counts(), emit);
  using scheduler = new Scheduler<Job>(settings);
  try {
    for (const [i, url] of list.entries()) {
      const job = new Job(i + 1, { url });
      if (takeName(engine, job, null)) yield* scheduler.add(job, job.host);
    }
    scheduler.end();
    for (;;) {
      using lease = yield* scheduler.take();
      if (lease === null) return;
      yield* carry(engine, lease);
    }
  } finally {
    for (const job of scheduler.stop()) if (job.attempts > 0) tellInterrupted(engine, job);
  }
}

/** Cancels the download of `paths` at each point, into the same folder, and gives how many points there were. */
function cancelled(place: Place, paths: readonly string[], options: DownloadOptions = {}): Promise<number> {
  const { dir } = place;
  return cancelEverywhere(
    function* () {
      const begun = new Set<number>();
      const ended: number[] = [];
      const onEvent = (event: DownloadEvent) => {
        if (event.type === "end" || event.type === "retry") return;
        if (event.type === "start") begun.add(event.n);
        else ended.push(event.n);
      };
      const list = paths.map((path) => place.url(path));
      try {
        yield* carried(list, { dir, exists: "overwrite", retryDelay: 1, ...options }, onEvent);
      } finally {
        assert.equal(new Set(ended).size, ended.length, "an item has one outcome");
        for (const n of begun) assert.ok(ended.includes(n), `item ${n} was begun and has no outcome`);
      }
    },
    { mayFinish: true, patience: 20_000 },
  );
}

describe("a download that is cancelled, wherever it waits,", () => {
  it("leaves nothing open: small files", async () => {
    await using place = await Place.open();
    const points = await cancelled(place, ["/a", "/b", "/c"], { limit: 2 });
    assert.ok(points > 5, `${points}`);
    assert.deepEqual(place.files(), ["a", "b", "c"]);
  });

  it("leaves nothing open, and a part to go on from: a large file that breaks off", async () => {
    await using place = await Place.open();
    const file = place.server.file("/big");
    file.size = 200_000;
    place.server.always("/big", (exchange) =>
      (exchange.request.headers.range === undefined ? cut(100_000) : honest())(exchange),
    );
    const points = await cancelled(place, ["/big"]);
    assert.ok(points > 10, `${points}`);
    assert.ok(place.isWhole("big"));
    assert.deepEqual(place.files(), ["big"]);
  });

  it("leaves nothing open: a file that is split", async () => {
    await using place = await Place.open();
    place.server.file("/big").size = 400_000;
    const points = await cancelled(place, ["/big"], { split: 2, minSplitSize: 100_000, fsync: true });
    assert.ok(points > 10, `${points}`);
    assert.ok(place.isWhole("big"));
    assert.deepEqual(place.files(), ["big"]);
  });

  it("leaves nothing open: waits for another attempt, and limits", async () => {
    await using place = await Place.open();
    place.server.file("/a").size = 1000;
    place.server.always("/a", (exchange) => (exchange.request.nth % 2 === 1 ? status(503) : honest())(exchange));
    const options = { rate: 500, limitRate: 1_000_000, slowLimit: 1, retries: 9 };
    const points = await cancelled(place, ["/a", "/b"], options);
    assert.ok(points > 5, `${points}`);
    assert.deepEqual(place.files(), ["a", "b"]);
  });

  it("leaves nothing open, workers and all", async () => {
    await using place = await Place.open();
    const list = ["/a", "/b", "/c"].map((path) => place.url(path));
    const options = { dir: place.dir, exists: "overwrite", limit: 2 } as const;
    const points = await cancelEverywhere(() => downloadMany(list, options), { mayFinish: true });
    assert.ok(points > 0);
    assert.deepEqual(place.files(), ["a", "b", "c"]);
  });
});
