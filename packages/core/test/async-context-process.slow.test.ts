import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "./child.ts";

const ways: Record<string, string> = {
  run: '["mine",null]',
  enterWith: '["mine",null]',
  before: '["mine","before"]',
  patched: '["mine",null]',
};

for (const [way, expected] of Object.entries(ways)) {
  test(`the first use of AsyncLocalStorage is noticed: ${way}`, async () => {
    const { code, stdout, stderr } = await runProgram("async-context", [way]);
    assert.equal(stderr, "");
    assert.equal(stdout.trim(), expected);
    assert.equal(code, 0);
  });
}
