import assert from "node:assert/strict";
import { test } from "node:test";
import { ProcessEnd } from "../src/process-end.ts";

test("says how a process ended, and what may stand behind it", () => {
  const cause = new TypeError("no such thing");
  const texts = [
    [new ProcessEnd(7, 3, null), "process 7 exited with code 3"],
    [new ProcessEnd(7, 1, null, cause), "process 7 exited with code 1 (TypeError: no such thing)"],
    [new ProcessEnd(7, null, "SIGTERM"), "process 7 was ended by SIGTERM"],
    [
      new ProcessEnd(7, null, "SIGKILL"),
      "process 7 was ended by SIGKILL (somebody killed it, or the system did for want of memory)",
    ],
    [new ProcessEnd(undefined, null, null, cause), "a process could not be started (TypeError: no such thing)"],
  ] as const;
  for (const [end, text] of texts) assert.equal(end.message, text);
  assert.equal(texts[1][0].cause, cause);
  assert.deepEqual({ ...texts[2][0] }, { name: "ProcessEnd", pid: 7, exitCode: null, signal: "SIGTERM" });
});
