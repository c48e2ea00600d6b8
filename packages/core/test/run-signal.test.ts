import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { CancelledError, currentTask, from, getRunningLoop, HostEventLoop, run, sleep } from "yieldfrom";

const reason = new Error("the user left");

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

test("aborted before: main never begins, and the run rejects with the reason", async () => {
  const signal = AbortSignal.abort(reason);
  let began = false;
  await assert.rejects(
    run(
      function* () {
        began = true;
        yield* sleep(0);
      },
      { signal },
    ),
    (error) => error === reason,
  );
  assert.equal(began, false);
  assert.equal(listeners(signal), 0);
});

test("aborted while main waits: main is cancelled there, cleans up, and the run rejects with the reason", async () => {
  const controller = new AbortController();
  const log: string[] = [];
  const done = run(
    function* () {
      getRunningLoop().callLater(1, () => controller.abort(reason));
      try {
        yield* sleep(10_000);
      } catch (error) {
        log.push((error as Error).name);
        throw error;
      } finally {
        yield* sleep(1);
        log.push("cleaned up");
      }
    },
    { signal: controller.signal },
  );
  assert.equal(listeners(controller.signal), 1);
  await assert.rejects(done, (error) => error === reason);
  assert.deepEqual(log, ["CancelledError", "cleaned up"]);
  assert.equal(listeners(controller.signal), 0);
});

test("aborted from outside of the loop while it sleeps", async () => {
  const controller = new AbortController();
  const done = run(() => sleep(10_000), { signal: controller.signal });
  setImmediate(() => controller.abort(reason));
  await assert.rejects(done, (error) => error === reason);
});

test("aborted without a reason: the signal's own AbortError", async () => {
  const controller = new AbortController();
  const done = run(() => sleep(10_000), { signal: controller.signal });
  setImmediate(() => controller.abort());
  await assert.rejects(done, { name: "AbortError" });
});

test("aborted after: nothing happens, and nobody listens", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  assert.equal(await run(() => sleep(1, "done"), { signal }), "done");
  assert.equal(listeners(signal), 0);
  controller.abort(reason);
});

test("no listener stays when main fails", async () => {
  const { signal } = new AbortController();
  await assert.rejects(
    run(
      function* () {
        yield* sleep(0);
        throw reason;
      },
      { signal },
    ),
    (error) => error === reason,
  );
  assert.equal(listeners(signal), 0);
});

test("a main that refuses to be cancelled gives its value", async () => {
  const controller = new AbortController();
  const result = await run(
    function* () {
      getRunningLoop().callLater(1, () => controller.abort(reason));
      try {
        yield* sleep(10_000);
      } catch {}
      return "refused";
    },
    { signal: controller.signal },
  );
  assert.equal(result, "refused");
});

test("a main that answers by another error rejects with that", async () => {
  const controller = new AbortController();
  const own = new Error("could not save");
  await assert.rejects(
    run(
      function* () {
        getRunningLoop().callLater(1, () => controller.abort(reason));
        try {
          yield* sleep(10_000);
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: a clean-up that fails is what is tested
          throw own;
        }
      },
      { signal: controller.signal },
    ),
    (error) => error === own,
  );
});

test("a main that was also cancelled by one of its own rejects with CancelledError", async () => {
  const controller = new AbortController();
  await assert.rejects(
    run(
      function* () {
        const main = currentTask()!;
        getRunningLoop().callLater(1, () => {
          main.cancel("by a task");
          controller.abort(reason);
        });
        yield* sleep(10_000);
      },
      { signal: controller.signal },
    ),
    (error) => error instanceof CancelledError,
  );
});

test("what main awaits is aborted with it", async () => {
  const controller = new AbortController();
  let inner: AbortSignal | undefined;
  await assert.rejects(
    run(
      function* () {
        getRunningLoop().callLater(1, () => controller.abort(reason));
        yield* from((signal) => {
          inner = signal;
          return new Promise<never>(() => {});
        });
      },
      { signal: controller.signal },
    ),
    (error) => error === reason,
  );
  assert.equal(inner?.aborted, true);
});

test("a main that is a future of one's own is cancelled as well", async () => {
  const controller = new AbortController();
  const loop = new HostEventLoop();
  const future = loop.createFuture<void>();
  const done = run(future, { loop, signal: controller.signal });
  setImmediate(() => controller.abort(reason));
  await assert.rejects(done, (error) => error === reason);
  assert.equal(future.cancelled(), true);
});

test("one signal may stop many runs, of which none listens on", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const runs = Array.from({ length: 5 }, () => run(() => sleep(10_000), { signal }));
  assert.equal(listeners(signal), 5);
  setImmediate(() => controller.abort(reason));
  const results = await Promise.allSettled(runs);
  assert.ok(results.every((result) => result.status === "rejected" && result.reason === reason));
  assert.equal(listeners(signal), 0);
});
