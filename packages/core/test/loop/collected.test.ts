import assert from "node:assert/strict";
import { before, test } from "node:test";
import { runProgram } from "../child.ts";

let told: Record<string, { before: string[]; atClose: string[] }> = {};
let stderr = "";

before(async () => {
  const ended = await runProgram("collected", [], ["--expose-gc"]);
  stderr = ended.stderr;
  assert.equal(ended.code, 0, stderr);
  told = JSON.parse(ended.stdout);
});

/** What is reported when the thing is collected, and never again; an empty list for nothing. */
const expected: Record<string, RegExp[]> = {
  "failed task": [/^exception was never retrieved: Task 'lost' \(fails\(\) at .*programs\/collected\.ts:\d+\)$/],
  "failed future": [/^exception was never retrieved: Future$/],
  "failed task, read": [],
  "failed task, awaited": [],
  "failed task, by then": [],
  "failed tasks, gathered": [],
  "forgotten coroutine": [/^work\(\) at .*programs\/collected\.ts:\d+ was never awaited: write `yield\* …` before it/],
  "forgotten sleep": [/^sleep\(5\) was never awaited/],
  "coroutine awaited at once": [],
  "coroutine stored and awaited later": [],
  "coroutine stored and given to createTask later": [],
  "coroutine given to createTask and cancelled": [],
};

for (const [name, patterns] of Object.entries(expected)) {
  test(`collected: ${name}: ${patterns.length === 0 ? "no report" : "one report"}`, () => {
    const { before, atClose } = told[name]!;
    assert.equal(before.length, patterns.length, before.join("; "));
    for (const [i, pattern] of patterns.entries()) assert.match(before[i]!, pattern);
    assert.deepEqual(atClose, [], "nothing is reported twice");
  });
}

test("a coroutine forgotten outside of any loop is printed, once, when it is collected", () => {
  assert.match(
    stderr,
    /^yieldfrom: work\(\) at .*programs\/collected\.ts:\d+ was never awaited: write `yield\* …` before it in a coroutine, `await run\(…\)` in an async function\n$/,
  );
});
