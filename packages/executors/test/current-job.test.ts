import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { abortJob, beginJob, endJob, jobSignal, watchAborts } from "../src/current-job.ts";

describe("jobSignal()", () => {
  afterEach(endJob);

  test("is one signal a job, aborted when its job is", () => {
    beginJob(7);
    const signal = jobSignal();
    assert.equal(jobSignal(), signal);
    abortJob(6);
    assert.equal(signal.aborted, false);
    abortJob(7);
    assert.equal(signal.aborted, true);
    assert.equal((signal.reason as DOMException).name, "AbortError");
    beginJob(8);
    assert.notEqual(jobSignal(), signal);
    assert.equal(jobSignal().aborted, false);
  });

  test("knows of an abort that came before it was first asked for", () => {
    beginJob(7);
    abortJob(7);
    assert.equal(jobSignal().aborted, true);
  });

  test("in a thread, looks into the shared memory at each call", () => {
    const aborted = new Int32Array(new SharedArrayBuffer(4));
    watchAborts(aborted);
    beginJob(7);
    const signal = jobSignal();
    Atomics.store(aborted, 0, 7);
    assert.equal(signal.aborted, false);
    assert.equal(jobSignal().aborted, true);
    assert.equal(signal.aborted, true);
    beginJob(8);
    assert.equal(jobSignal().aborted, false);
  });

  test("where no job runs is never aborted", () => {
    assert.equal(jobSignal().aborted, false);
  });
});
