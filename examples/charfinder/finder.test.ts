import assert from "node:assert/strict";
import { test } from "node:test";
import { createTask, run, sleep } from "yieldfrom";
import { Finder } from "./finder.ts";

test("finds among all characters, and the loop runs while the index is made", async () => {
  await using finder = new Finder();
  await run(function* () {
    let turns = 0;
    const others = createTask(
      (function* () {
        for (;;) {
          yield* sleep(0);
          turns++;
        }
      })(),
    );
    assert.ok((yield* finder.count()) > 150_000);
    others.cancel();
    // A loop that is held up gets only one before the answer.
    assert.ok(turns > 10, `${turns} turns`);
    const { total, characters } = yield* finder.find("chess knight black");
    assert.deepEqual(characters[0], { codePoint: 0x265e, name: "BLACK CHESS KNIGHT" });
    assert.equal(total, characters.length);
  });
});

test("only the part that was asked for comes from the thread", async () => {
  await using finder = new Finder();
  await run(function* () {
    const all = yield* finder.find("cjk unified", 100, 2);
    assert.ok(all.total > 100_000);
    assert.deepEqual(
      all.characters.map(({ codePoint }) => codePoint),
      [0x3464, 0x3465],
    );
  });
});
