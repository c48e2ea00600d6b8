import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "../child.ts";

test("an error that nobody takes is not hidden from the host", async () => {
  const { code, stdout, stderr } = await runProgram("unasked");
  assert.deepEqual([code, stdout, stderr], [0, "unhandled Error: broken\n", ""]);
});
