/**
 * What is on the disk at any moment of a download is what a process leaves that is killed then. It is copied all the time,
 * and each copy is gone on from: the file is whole, and what was there is not fetched again without need.
 */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type DownloadOptions, downloadMany } from "../../src/index.ts";
import { cut, honest } from "../hostile-answers.ts";
import type { Answer, HostileFile } from "../hostile-server.ts";
import { assertWhole, HASTY, leavesNothing, Stage, treeOf } from "./stage.ts";

leavesNothing();

const PATH = "/file.bin";
const SIZE = 700_000;
const PACE = { pace: { bytes: 16_384, ms: 1 } };

/** Downloads, and copies all but the lock at each request and each few milliseconds. Gives the copies' folders. */
async function copies(
  stage: Stage,
  options: DownloadOptions,
  answer: (file: HostileFile, n: number) => Answer,
): Promise<string[]> {
  const dirs: string[] = [];
  const copy = () => {
    const names = stage.names.filter((name) => !name.endsWith(".lock"));
    const dir = join(stage.dir, "..", "beside", `${dirs.length}`);
    mkdirSync(dir);
    for (const name of names) copyFileSync(join(stage.dir, name), join(dir, name));
    dirs.push(dir);
  };
  const file = stage.server.file(PATH);
  let n = 0;
  file.answer = (exchange) => {
    copy();
    return answer(file, n++)(exchange);
  };
  const timer = setInterval(copy, 5);
  try {
    const url = stage.server.url(PATH);
    for await (const event of downloadMany([url], { ...HASTY, dir: stage.dir, ...options })) {
      if (event.type === "retry" || event.type === "done") copy();
    }
  } finally {
    clearInterval(timer);
  }
  return dirs;
}

const SPLIT = { split: 4, minSplitSize: 60_000 };

describe("a download is gone on from where it was killed", () => {
  for (const [what, options, answer] of [
    ["at once", {}, () => honest(PACE)],
    ["in chunks, of no known length", {}, () => honest({ ...PACE, chunked: true })],
    ["over attempts that are cut", {}, (_, n) => (n < 2 ? cut(250_000, "fin", PACE) : honest(PACE))],
    [
      "over a change of the file",
      {},
      (file, n) => {
        if (n === 1) file.change();
        return n === 0 ? cut(250_000, "fin", PACE) : honest(PACE);
      },
    ],
    ["in pieces", SPLIT, () => honest(PACE)],
    ["in pieces, some of which are cut", SPLIT, (_, n) => (n % 3 === 1 ? cut(70_000, "fin", PACE) : honest(PACE))],
    [
      "in pieces, the first of which stalls",
      { ...SPLIT, retries: 1 },
      (_, n) => (n === 0 ? cut(20_000, "stall", PACE) : honest(PACE)),
    ],
    [
      "in pieces, over a change of the file",
      SPLIT,
      (file, n) => {
        if (n === 3) file.change();
        return honest(PACE);
      },
    ],
  ] satisfies (readonly [string, DownloadOptions, (file: HostileFile, n: number) => Answer])[]) {
    test(what, async () => {
      await using stage = await Stage.open();
      const file = stage.server.file(PATH);
      file.size = SIZE;
      const dirs = await copies(stage, options, answer);
      assert.ok(dirs.length > 5, `${dirs.length} copies`);
      file.answer = honest();
      let resumed = 0;
      for (const dir of dirs) {
        const had = treeOf(dir);
        const part = had.includes(".file.bin.part.json") ? readFileSync(join(dir, ".file.bin.part")).length : 0;
        for await (const event of downloadMany([stage.server.url(PATH)], { ...HASTY, dir, ...options })) {
          if (event.type === "done") resumed += event.resumed;
          assert.notEqual(event.type, "failed", JSON.stringify(event));
        }
        assert.deepEqual(treeOf(dir), ["file.bin"], JSON.stringify(had));
        const difference = file.content.firstDifference(readFileSync(join(dir, "file.bin")));
        assert.equal(difference, -1, `wrong from byte ${difference} on; there was ${part} of ${JSON.stringify(had)}`);
      }
      // Pieces are written down a few times a second, and this takes less.
      if (!("split" in options))
        assert.ok(resumed > SIZE, `${resumed} bytes were not fetched again, of ${dirs.length} copies`);
    });
  }
});

test("pieces are written down a few times a second", async () => {
  await using stage = await Stage.open();
  const file = stage.server.file(PATH);
  file.size = SIZE;
  file.answer = honest({ pace: { bytes: 1024, ms: 4 } });
  let most = 0;
  const timer = setInterval(() => {
    const [record] = stage.names.filter((name) => name.endsWith(".json"));
    if (record === undefined) return;
    const { pieces = [] } = JSON.parse(stage.read(record).toString()) as { pieces?: { start: number; next: number }[] };
    most = Math.max(
      most,
      pieces.reduce((sum, { start, next }) => sum + next - start, 0),
    );
  }, 10);
  const { first } = await stage.download([stage.server.url(PATH)], SPLIT);
  clearInterval(timer);
  assertWhole(stage, first, file.content);
  assert.ok(most > SIZE / 4, `${most} bytes of ${SIZE} were written down`);
});

test("pieces that are there are not fetched again", async () => {
  await using stage = await Stage.open();
  const file = stage.server.file(PATH);
  file.size = SIZE;
  let n = 0;
  file.answer = (exchange) => (n++ < 4 ? cut(100_000, "fin", PACE) : cut(0))(exchange);
  const { first } = await stage.download([stage.server.url(PATH)], { ...SPLIT, retries: 0 });
  assert.ok(first.type === "failed" && first.kept > 300_000, JSON.stringify(first));
  const sent = file.sent;
  file.answer = honest();
  const again = await stage.download([stage.server.url(PATH)], SPLIT);
  assertWhole(stage, again.first, file.content);
  assert.equal(again.first.type === "done" && again.first.resumed, first.kept);
  assert.ok(file.sent - sent <= SIZE - first.kept + 100_000, `${file.sent - sent} sent`);
});
