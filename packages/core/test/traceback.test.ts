import assert from "node:assert/strict";
import { test } from "node:test";
import { createTask, sleep } from "yieldfrom";
import { parseStack, rawStack } from "../src/traceback.ts";
import { virtual } from "./helpers.ts";

const lines: [line: string, fn: string, file: string][] = [
  ["    at open (file:///app/a.ts:1:2)", "open", "file:///app/a.ts"],
  ["    at async open (file:///app/a.ts:1:2)", "open", "file:///app/a.ts"],
  ["    at file:///app/a.ts:1:2", "", "file:///app/a.ts"],
  ["    at async file:///app/a.ts:1:2", "", "file:///app/a.ts"],
  ["    at Object.open (file:///app/a.ts:1:2)", "open", "file:///app/a.ts"],
  ["    at ObjectStore.open (file:///app/a.ts:1:2)", "ObjectStore.open", "file:///app/a.ts"],
  ["    at Generators (file:///app/a.ts:1:2)", "Generators", "file:///app/a.ts"],
  ["    at Object.<anonymous> (/app/a.js:1:2)", "", "/app/a.js"],
  ["    at <anonymous> (/app/a.js:1:2)", "", "/app/a.js"],
  ["    at open [as next] (/app (1)/a.js:1:2)", "open", "/app (1)/a.js"],
  ["open@/app/a.js:1:2", "open", "/app/a.js"],
];

for (const [line, fn, file] of lines) {
  test(`a line of a stack is read: ${line.trim()}`, () => {
    assert.deepEqual(parseStack(line), [{ fn, file, line: 1, column: 2 }]);
  });
}

test("lines without a place are left out", () => {
  assert.deepEqual(parseStack("Error: no\n    at Generator.next (<anonymous>)"), []);
});

test("where stacks are made into something that is no text, there are none", () => {
  const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  Error.prepareStackTrace = (_, sites) => sites;
  try {
    assert.equal(rawStack(5), "");
    const failed = virtual(function* () {
      const waiting = createTask(sleep(1));
      yield* sleep(0);
      assert.deepEqual(waiting.getStack(), []);
      yield* waiting;
      const task = createTask(failing());
      yield* sleep(0);
      task.exception();
      return task;
    });
    assert.deepEqual(failed.getStack(), []);
  } finally {
    if (before === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
    else Object.defineProperty(Error, "prepareStackTrace", before);
  }
});

function* failing() {
  throw new Error("no good");
}
