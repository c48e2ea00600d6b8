import assert from "node:assert/strict";
import { test } from "node:test";
import { affordable, here, measure, type Side } from "../measure.ts";

const row = { name: "row", expected: (operations: number) => operations };

test("all sides run in every round, each first in its turn, and warm-ups are not counted", async () => {
  const calls: string[] = [];
  const side = (name: string, ns: readonly number[]): Side => {
    const left = [...ns];
    return {
      name,
      operations: 5,
      time: async (operations) => {
        calls.push(name);
        return { ns: left.shift()!, result: operations };
      },
    };
  };
  const sides = [side("ours", [1000, 10, 40]), side("native", [1000, 20, 20])];
  const figures = await measure(row, sides, { warmups: 1, rounds: 2 });
  assert.deepEqual(calls, ["ours", "native", "native", "ours", "ours", "native"]);
  assert.deepEqual(figures.get("ours"), { operations: 5, ns: 25, min: 10, toNative: 1.25, toOurs: 1 });
  assert.deepEqual(figures.get("native"), { operations: 5, ns: 20, min: 20, toNative: 1, toOurs: 1.25 });
});

test("a side whose result is another one did not do the work", async () => {
  const sides = [here("ours", async (count) => count, 3), here("native", async () => 2, 3)];
  await assert.rejects(measure(row, sides, { warmups: 0, rounds: 1 }), /row: native gave 2, not 3/);
});

test("a slow side does a part of the work, in whole units, as the budget allows", () => {
  const sizes = { operations: 100_000, unit: 1000 };
  assert.equal(affordable(sizes, 100, 100), 100_000);
  assert.equal(affordable(sizes, 12_000, 100), 5000);
  assert.equal(affordable(sizes, 1e9, 100), 1000);
  assert.equal(affordable({ ...sizes, least: 20_000 }, 1e9, 100), 20_000);
  assert.equal(affordable({ operations: 200_000, unit: 1 }, 25_000, 100), 4000);
});
