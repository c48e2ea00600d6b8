import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import * as library from "yieldfrom";
import { coreIsUnchanged, findBase, withBase } from "../compare/base.ts";
import { watchMissing } from "../compare/missing.ts";
import { parseCompareOptions } from "../compare/options.ts";
import { compare, isLoss, isSuspect } from "../compare/verdict.ts";
import type { Library } from "../row.ts";

const even = { base: [100, 101, 130, 140], head: [102, 103, 131, 160] };
const slower = { base: [100, 101, 130, 140], head: [120, 121, 150, 160] };

test("lower quartiles are compared", () => {
  assert.deepEqual(compare({ base: [4, 2, 1, 3, 5], head: [8, 4, 2, 6, 10] }), { base: 2, head: 4, ratio: 2 });
});

const alittle = { base: [100, 101, 130, 140], head: [110, 111, 143, 154] };

test("a row is looked at again if it is slower in each process", () => {
  assert.equal(isSuspect([slower, slower]), true);
  assert.equal(isSuspect([slower, alittle]), false);
  assert.equal(isSuspect([even, slower]), false);
});

test("one good round of head clears it: what disturbs makes slower, never faster", () => {
  assert.equal(isSuspect([{ base: [100, 101, 102, 103], head: [101, 140, 140, 140] }]), false);
});

test("a loss is one in all four processes, though one of them may find less", () => {
  assert.equal(isLoss([slower, slower, slower, alittle]), true);
  assert.equal(isLoss([slower, slower, slower, even]), false);
  assert.equal(isLoss([slower, alittle, alittle, alittle]), false);
});

test("a row that needs what the other commit does not export is known by it", () => {
  const { taskGroup: _, ...older } = library;
  const { watched, missing } = watchMissing(older as Library);
  const { run, taskGroup } = watched;
  assert.equal(run, library.run);
  assert.equal(taskGroup, undefined);
  assert.deepEqual(missing, ["taskGroup"]);
});

test("options", () => {
  const { words, base, rounds } = parseCompareOptions(["queue", "--base", "main"]);
  assert.deepEqual([words, base, rounds], [["queue"], "main", 9]);
  assert.throws(() => parseCompareOptions(["--rounds", "x"]), /--rounds .* got x/);
  assert.throws(() => parseCompareOptions(["--bse", "x"]), /--bse/);
});

test("a commit that is not there is said", () => {
  assert.deepEqual(findBase("no-such-commit"), { missing: "this clone has no commit no-such-commit" });
});

test("the other checkout is gone at the end, after a failure too", async () => {
  const found = findBase("HEAD");
  assert.ok("commit" in found);
  let path = "";
  const failing = withBase(found.commit, async (checkout) => {
    path = checkout;
    assert.ok(existsSync(path));
    throw new Error("measuring failed");
  });
  await assert.rejects(failing, /measuring failed/);
  assert.ok(!existsSync(path));
  assert.equal(typeof coreIsUnchanged(found.commit), "boolean");
});
