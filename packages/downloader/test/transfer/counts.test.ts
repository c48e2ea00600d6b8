import assert from "node:assert/strict";
import { test } from "node:test";
import { Counts } from "../../src/transfer/counts.ts";
import { Job } from "../../src/transfer/job.ts";

test("the bytes of all files are known once the list is read and no size is missing", () => {
  const counts = new Counts();
  const [a, b, c, d] = [1, 2, 3, 4].map((n) => new Job(n, { url: `http://a/${n}` })) as [Job, Job, Job, Job];
  counts.announce(a, 100);
  counts.announce(b, 1000);
  assert.equal(counts.totalBytes, null);
  counts.total = 5;
  assert.equal(counts.totalBytes, null);
  counts.end(c, 7);
  counts.endUnusable();
  assert.equal(counts.totalBytes, null);
  counts.announce(d, 50);
  assert.equal(counts.totalBytes, 1157);
  counts.announce(d, null);
  assert.equal(counts.totalBytes, null);
  counts.announce(d, 60);
  assert.equal(counts.totalBytes, 1167);
});

test("what failed or was skipped comes to no bytes, what is done to what it has", () => {
  const counts = new Counts();
  counts.total = 3;
  const [a, b, c] = [1, 2, 3].map((n) => new Job(n, { url: `http://a/${n}` })) as [Job, Job, Job];
  counts.announce(a, 100);
  counts.end(a, 90);
  counts.announce(b, 1000);
  counts.end(b);
  assert.equal(counts.totalBytes, null);
  counts.end(c);
  assert.deepEqual([counts.totalBytes, counts.saved, a.ended, b.ended], [90, 90, true, true]);
});
