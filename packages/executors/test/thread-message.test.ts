import assert from "node:assert/strict";
import { test } from "node:test";
import { fromThreadAnswer, fromThreadJob, toThreadAnswer, toThreadJob } from "../src/thread-message.ts";
import type { FromWorker, Job } from "../src/wire.ts";

test("messages are the same when they have come over", () => {
  const job: Job = { id: 3, url: "file:///a.ts", name: "add", args: [1, 2] };
  for (const each of [job, { ...job, chunk: true } as const, { ...job, context: [["user", 1]] } as const]) {
    assert.deepEqual(fromThreadJob(toThreadJob(each)), each);
  }
  assert.deepEqual(fromThreadJob(4), { abort: 4 });
  const failure = { ok: false, stage: "call", error: { kind: "value", value: 1 } } as const;
  const answers: FromWorker[] = [
    { ready: true },
    { ready: failure },
    { ok: true, value: undefined },
    { ok: true, value: [1] },
    failure,
    { outcomes: [{ ok: true, value: 1 }, failure] },
  ];
  for (const each of answers) assert.deepEqual(fromThreadAnswer(toThreadAnswer(each)), each);
});
