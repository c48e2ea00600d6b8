import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "../seeded.ts";
import { perform, randomScript } from "./script.ts";

const SEEDS = 2000;
const { ORDER } = process.env;

if (ORDER === undefined) {
  test(`locks, semaphores and queues under ${SEEDS} random scripts keep the books right`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const problems = perform(randomScript(seeded(seed)));
      const again = `replay: ORDER=${seed} node --test packages/core/test/order/random.test.ts`;
      assert.ok(problems.length === 0, `${problems.join("\n")}\n${again}`);
    }
  });
} else {
  test(`replayed: ${ORDER}`, () => {
    assert.deepEqual(perform(randomScript(seeded(Number(ORDER))), console.log), []);
  });
}
