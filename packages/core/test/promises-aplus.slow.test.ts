import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "./child.ts";

/** As many tests as promises-aplus-tests 2.1.2 has. */
const TESTS = 872;

test("`then` of a Future passes the Promises/A+ suite", async () => {
  const { code, stdout, stderr } = await runProgram("promises-aplus");
  assert.equal(code, 0, stderr);
  const { passed, skipped, failed } = JSON.parse(stdout);
  console.log(`Promises/A+: ${passed} passed, ${failed.length} failed, ${skipped} skipped`);
  assert.deepEqual(failed, []);
  assert.deepEqual([passed, skipped], [TESTS, 0]);
});
