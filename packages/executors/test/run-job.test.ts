/** The worker's side, without a worker: what it is sent, and what it sends. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeThrown } from "../src/decode-error.ts";
import { JobRunner } from "../src/run-job.ts";
import type { FromWorker, Job } from "../src/wire.ts";

const url = new URL("./workers/jobs.ts", import.meta.url).href;

/** A runner, and what it has sent. */
function worker() {
  const sent: FromWorker[] = [];
  let arrived = Promise.withResolvers<void>();
  const runner = new JobRunner({
    send: (message, moves) => {
      sent.push(structuredClone(message, { transfer: moves }));
      arrived.resolve();
    },
    copy: structuredClone,
  });
  const next = async (): Promise<FromWorker> => {
    if (sent.length === 0) await arrived.promise;
    arrived = Promise.withResolvers();
    return sent.shift() as FromWorker;
  };
  return { runner, sent, next };
}

let ids = 0;
function job(name: string, args: readonly unknown[], more: Partial<Job> = {}): Job {
  return { id: ++ids, url, name, args, ...more };
}

function errorOf(message: FromWorker): Error {
  assert.ok("ok" in message && !message.ok, "it has failed");
  return decodeThrown(message.error) as Error;
}

describe("a worker", () => {
  test("is ready when its initializer has run, or says why it has not", async () => {
    const { runner, next } = worker();
    await runner.begin(undefined);
    assert.deepEqual(await next(), { ready: true });
    await runner.begin(job("echo", [1]));
    assert.deepEqual(await next(), { ready: true });
    await runner.begin(job("failToSetUp", []));
    const message = await next();
    assert.ok("ready" in message && message.ready !== true);
    assert.equal((decodeThrown(message.ready.error) as Error).message, "no item 3");
  });

  test("answers what a function returns, at once or later", async () => {
    const { runner, sent, next } = worker();
    runner.receive(job("add", [1, 2]));
    assert.deepEqual(sent, []);
    assert.deepEqual(await next(), { ok: true, value: 3 });
    runner.receive(job("add", [3, 4]));
    assert.deepEqual(await next(), { ok: true, value: 7 });
    runner.receive(job("addLater", [5, 6]));
    assert.deepEqual(await next(), { ok: true, value: 11 });
  });

  test("answers each call of a chunk, also when the module can't be loaded", async () => {
    const { runner, next } = worker();
    const rows = [
      [2, 1],
      [2, 2],
      [2, 3],
    ];
    runner.receive(job("failFor", rows, { chunk: true }));
    const message = await next();
    assert.ok("outcomes" in message);
    assert.deepEqual(
      message.outcomes.map((outcome) => (outcome.ok ? outcome.value : errorOf(outcome).message)),
      [1, "not 2", 3],
    );
    runner.receive({ ...job("add", [[1], [2]], { chunk: true }), url: "file:///nowhere.ts" });
    const none = await next();
    assert.ok("outcomes" in none && none.outcomes.every((outcome) => !outcome.ok && outcome.stage === "module"));
    assert.equal(none.outcomes.length, 2);
  });

  test("moves what a job returns by transfer(), refuses what can't be sent", async () => {
    const { runner, next } = worker();
    runner.receive(job("invert", [new Uint8Array([0, 255])]));
    assert.deepEqual(await next(), { ok: true, value: new Uint8Array([255, 0]) });
    runner.receive(job("returnFunction", []));
    assert.match(
      errorOf(await next()).message,
      /^returnFunction of file:.* returned something that can't be sent back/,
    );
  });

  test("aborts the job that runs and none else, and starts no more calls of its chunk", async () => {
    const { runner, next } = worker();
    const running = job("isAborted", []);
    runner.receive(job("add", [1, 1]));
    await next();
    runner.receive(running);
    runner.receive({ abort: running.id });
    const first = next();
    await first;
    runner.receive(running);
    runner.receive({ abort: running.id - 1 });
    assert.deepEqual(await next(), { ok: true, value: false });
    runner.receive(running);
    runner.receive({ abort: running.id });
    assert.deepEqual(await next(), { ok: true, value: true });
    const chunk = job("isAborted", [[], []], { chunk: true });
    runner.receive(chunk);
    runner.receive({ abort: chunk.id });
    assert.deepEqual(await next(), { outcomes: [{ ok: true, value: true }] });
  });

  test("says so when a job comes that it can't read", async () => {
    const { runner, next } = worker();
    runner.unreadable(new Error("no such class"));
    assert.match(errorOf(await next()).message, /^The arguments can't be read in the worker: no such class\./);
  });
});
