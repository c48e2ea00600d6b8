import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOptions } from "../options.ts";

test("nothing given: all rows, ours and native", () => {
  const expected = { words: [], source: false, rounds: 11, full: false, json: null, write: false, help: false };
  assert.deepEqual(parseOptions([]), expected);
});

test("words and options in any order", () => {
  const { words, rounds, full, json } = parseOptions([
    "chain",
    "--rounds",
    "3",
    "--full",
    "deep",
    "--json",
    "out.json",
  ]);
  assert.deepEqual([words, rounds, full, json], [["chain", "deep"], 3, true, "out.json"]);
});

test("what is wrong is named", () => {
  assert.throws(
    () => parseOptions(["--rounds", "many"]),
    /Expected --rounds to be a whole number of at least 1, got many/,
  );
  assert.throws(() => parseOptions(["--rounds", "0"]), /--rounds .* got 0/);
  assert.throws(() => parseOptions(["--fast"]), /--fast/);
  assert.throws(() => parseOptions(["--json"]), /--json/);
  assert.throws(() => parseOptions(["--write"]), /--write only together with --full/);
  assert.throws(() => parseOptions(["--write", "--full", "chain"]), /without words/);
  assert.throws(() => parseOptions(["--write", "--full", "--source"]), /--write without --source/);
});
