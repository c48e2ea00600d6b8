import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { failure, failureTable, line, stopped, summary } from "../../../src/cli/report/sentences.ts";
import { SHOWN_FAILURES, Tally } from "../../../src/cli/report/tally.ts";
import type { DoneEvent, FailedEvent, SkippedEvent } from "../../../src/events.ts";

const item = (n: number) => ({ n, url: `https://a.example/${n}`, name: `${n}.txt` });
const done = (n: number, more: Partial<DoneEvent> = {}): DoneEvent => ({
  type: "done",
  ...item(n),
  bytes: 1500,
  received: 1500,
  resumed: 0,
  attempts: 1,
  elapsed: 240,
  status: 200,
  ...more,
});
const skipped = (reason: SkippedEvent["reason"], bytes?: number): SkippedEvent => ({
  type: "skipped",
  ...item(1),
  reason,
  ...(bytes !== undefined && { bytes }),
});
const failed = (n: number, more: Partial<FailedEvent> = {}): FailedEvent => ({
  type: "failed",
  ...item(n),
  at: `urls.txt:${n}`,
  attempts: 1,
  kept: 0,
  reason: { code: "ERR_STATUS", message: "the server answered 404 Not Found", status: 404 },
  ...more,
});

describe("a line for an event", () => {
  test("of each type", () => {
    assert.equal(line(done(1)), "1.txt: 1.50 kB in 0.24 s");
    assert.equal(line(done(1, { resumed: 500 })), "1.txt: 1.50 kB in 0.24 s, 500 B of it from before");
    assert.equal(line(skipped("exists")), "1.txt: skipped, is there already");
    assert.equal(line(skipped("dry-run", 12_000)), "1.txt: 12.0 kB, from https://a.example/1");
    assert.equal(line(skipped("dry-run")), "1.txt: size not known, from https://a.example/1");
    assert.equal(
      line({ type: "start", ...item(1), attempt: 2, offset: 500 }),
      "1.txt: asking https://a.example/1 from 500 B on (attempt 2)",
    );
    const reason = { code: "ERR_STATUS", message: "the server answered 503" };
    assert.equal(
      line({ type: "retry", ...item(1), attempt: 1, delay: 480, reason }),
      "1.txt: the server answered 503; again in 0.48 s",
    );
    assert.equal(line(failed(3)), failure(failed(3)));
  });

  test("what strangers wrote is printed escaped", () => {
    const text = failure(failed(1, { at: "a\x1b:1", url: "https://a/\u202e", reason: { code: "E", message: "\x07" } }));
    assert.equal(text, "a\\u{1b}:1: https://a/\\u{202e}: \\u{7}");
    assert.equal(line(done(1, { name: "\x1b]0;x\x07" })), "\\u{1b}]0;x\\u{7}: 1.50 kB in 0.24 s");
  });
});

describe("the end", () => {
  test("counts by outcome", () => {
    const tally = new Tally();
    for (let n = 0; n < 4990; n++) tally.add(done(n));
    for (let n = 0; n < 5; n++) tally.add(skipped("exists"));
    for (let n = 0; n < 3; n++) tally.add(skipped("unchanged"));
    tally.add(skipped("duplicate"));
    tally.add(skipped("clash"));
    tally.add(failed(1));
    tally.add({ type: "start", ...item(1), attempt: 1, offset: 0 });
    assert.equal(
      summary(tally, 2400, false),
      "4,990 saved (7.49 MB) in 2.40 s, 8 already there, 1 listed twice, 1 skipped for their names, 1 failed",
    );
  });

  test("of a dry run", () => {
    const tally = new Tally();
    assert.equal(summary(tally, 1, true), "0 files to download (0 B)");
    tally.add(skipped("dry-run", 1500));
    tally.add(skipped("dry-run"));
    assert.equal(summary(tally, 1, true), "2 files to download (1.50 kB and 1 of unknown size)");
  });

  test("a few failures are named", () => {
    const tally = new Tally();
    tally.add(failed(7, { attempts: 6 }));
    assert.deepEqual(failureTable(tally, {}), [
      "  urls.txt:7: https://a.example/7: the server answered 404 Not Found (after 6 attempts)",
    ]);
  });

  test("of many, the first are named and the others counted, in memory that is bounded", () => {
    const tally = new Tally();
    for (let n = 1; n <= 332; n++) tally.add(failed(n));
    tally.add(failed(333, { reason: { code: "ERR_CHECKSUM", message: "another checksum" } }));
    assert.equal(tally.failures.length, SHOWN_FAILURES);
    const table = failureTable(tally, { failed: "again\x1b.txt", report: "report.jsonl" });
    assert.equal(table.length, SHOWN_FAILURES + 2);
    assert.deepEqual(table.slice(-2), [
      "  and 313 more: see again\\u{1b}.txt and report.jsonl",
      "  all by reason: 332 ERR_STATUS 404, 1 ERR_CHECKSUM",
    ]);
    assert.equal(failureTable(tally, {}).at(-2), "  and 313 more; --failed and --report write all to a file");
  });

  test("what was under way at an interrupt is no failure", () => {
    const tally = new Tally();
    const reason = { code: "ERR_INTERRUPTED", message: "it was interrupted" };
    tally.add(failed(1, { reason, kept: 1500 }));
    tally.add(failed(2, { reason }));
    assert.deepEqual([tally.failed, tally.interrupted], [0, 2]);
    assert.equal(stopped(tally, 4685), "Interrupted: 2 files cut short (1.50 kB kept), 4,685 not begun");
    assert.equal(
      stopped(tally, null),
      "Interrupted: 2 files cut short (1.50 kB kept), the rest of the list was not begun",
    );
    assert.equal(stopped(new Tally(), 0), "Interrupted");
  });
});
