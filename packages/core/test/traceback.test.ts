import assert from "node:assert/strict";
import { test } from "node:test";
import { parseStack } from "../src/traceback.ts";

test("each form of a stack's line is read: with and without a name, async, and Safari's", () => {
  const lines = [
    "Error: broken",
    "    at work (file:///app/a.ts:1:2)",
    "    at file:///app/b.ts:3:4",
    "    at async load (file:///app/c.ts:5:6)",
    "    at async file:///app/d.ts:7:8",
    "    at work.next (<anonymous>)",
    "draw@https://app.example/e.js:9:10",
  ];
  assert.deepEqual(
    parseStack(lines.join("\n")).map(({ fn, file, line, column }) => [fn, file, line, column]),
    [
      ["work", "file:///app/a.ts", 1, 2],
      ["", "file:///app/b.ts", 3, 4],
      ["load", "file:///app/c.ts", 5, 6],
      ["", "file:///app/d.ts", 7, 8],
      ["draw", "https://app.example/e.js", 9, 10],
    ],
  );
});
