/** Downloads that are cancelled at random moments, in this process, and begun again until all is there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isCancelled, run } from "yieldfrom";
import { seeded } from "../../../core/test/seeded.ts";
import { type DownloadEvent, downloadMany } from "../../src/index.ts";
import { type Random, Schedule } from "../schedule.ts";
import { HASTY, leavesNothing, Stage } from "./stage.ts";

leavesNothing();

const { DOWNLOAD_MANY_SEED = Date.now() % 1_000_000 } = process.env;
const SEED = Number(DOWNLOAD_MANY_SEED);
const CANCELS = 5;
const RUNS = 20;

/** One run, which is stopped after some events or milliseconds: by leaving the loop, or by a signal. */
async function stopped(stage: Stage, schedule: Schedule, random: Random, split: number): Promise<DownloadEvent[]> {
  const events: DownloadEvent[] = [];
  const most = random(60);
  const stop = new AbortController();
  const downloads = downloadMany(schedule.items, {
    ...HASTY,
    dir: stage.dir,
    split,
    minSplitSize: 50_000,
    onEvent: (event) => void events.push(event),
  });
  if (random(2) === 0) {
    let count = 0;
    for await (const _ of downloads) if (++count > most) break;
    return events;
  }
  const timer = setTimeout(() => stop.abort(new Error("enough")), random(80));
  try {
    await run(downloads, { signal: stop.signal });
  } catch (error) {
    assert.ok(isCancelled(error) || String(error).includes("enough"), String(error));
  } finally {
    clearTimeout(timer);
  }
  return events;
}

for (let seed = SEED; seed < SEED + 12; seed++) {
  const [lies, split] = [seed % 2 === 1, seed % 3 === 0 ? 3 : 1];
  test(`cancelled at random (DOWNLOAD_MANY_SEED=${seed})${lies ? ", by a server that lies" : ""}`, async () => {
    const random = seeded(seed);
    await using stage = await Stage.open();
    const schedule = new Schedule({ random, server: stage.server, lies, small: 10, large: 2, largest: 800_000 });
    for (let runs = 1; ; runs++) {
      assert.ok(runs <= RUNS, `not done after ${RUNS} runs`);
      if (runs > CANCELS) schedule.isOver = true;
      const before = new Set(stage.names);
      const events =
        runs <= CANCELS
          ? await stopped(stage, schedule, random, split)
          : (await stage.download(schedule.items, { split, minSplitSize: 50_000 })).events;
      if (events.length > 0) stage.check(events, schedule.items.length, before);
      for (const name of stage.names) {
        if (!name.startsWith(".")) schedule.check(name, stage.read(name));
      }
      await stage.server.until(() => stage.server.sockets.size === 0);
      const end = events.at(-1);
      if (end?.type === "end" && !end.interrupted && end.failed === 0) break;
    }
    assert.deepEqual(stage.names, schedule.items.map(({ name }) => name!).sort());
  });
}
