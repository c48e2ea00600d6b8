import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readCases } from "../../conformance/cases.ts";
import { firstDifference } from "../../conformance/compare.ts";
import { runProgram } from "../../conformance/interpreter.ts";

/**
 * Programs with the traces CPython 3.14 gives: hand-written ones, each about one rule of asyncio's, and those in which
 * `npm run conformance:fuzz` found a difference, made small.
 */
const cases = ["basics.jsonl", "found.jsonl"].flatMap((file) =>
  readCases(fileURLToPath(new URL(file, import.meta.url))),
);

test("there are programs to run", () => {
  assert.ok(cases.length > 200);
  assert.equal(new Set(cases.map(({ program }) => program.id)).size, cases.length);
  assert.equal(new Set(cases.map(({ file }) => file)).size, 2);
});

for (const { program, trace } of cases) {
  test(`${program.id}${program.note === undefined ? "" : `: ${program.note}`}`, () => {
    assert.equal(firstDifference(trace, runProgram(program)), null);
  });
}

test("a program that does otherwise is told, with the first line that differs", () => {
  const [{ program, trace }] = cases as [(typeof cases)[0]];
  const altered = trace.with(1, "0 main something else");
  assert.equal(
    firstDifference(altered, runProgram(program)),
    `line 2: expected 0 main something else / got ${trace[1]}`,
  );
});
