import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "./child.ts";

/** What is stored in a task started in `store.run`, in one started before the first use, and in main at the end. */
const ways: Record<string, string> = {
  run: '["mine",null,null]',
  enterWith: '["mine",null,"entered"]',
  eager: '["mine",null,null]',
  nested: '["mine",null,null]',
  before: '["mine","before","before"]',
  patched: '["mine",null,null]',
};

for (const [way, expected] of Object.entries(ways)) {
  test(`the first use of AsyncLocalStorage is noticed: ${way}`, async () => {
    const { code, stdout, stderr } = await runProgram("async-context", [way]);
    assert.equal(stderr, "");
    assert.equal(stdout.trim(), expected);
    assert.equal(code, 0);
  });
}
