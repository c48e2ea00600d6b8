import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonLine } from "../../../src/cli/text/json-line.ts";

test("jsonLine: nothing that a terminal obeys, and the same value", () => {
  const value = { etag: '"\x9b31m\x1b[2J\x7f"', name: "a\u202eb\u{e0041}é日😀\u2028\ud800", n: 1 };
  const line = jsonLine(value);
  assert.deepEqual(JSON.parse(line), value);
  assert.equal(
    line,
    '{"etag":"\\"\\u009b31m\\u001b[2J\\u007f\\"","name":"a\\u202eb\\udb40\\udc41é日😀\\u2028\\ud800","n":1}',
  );
});
