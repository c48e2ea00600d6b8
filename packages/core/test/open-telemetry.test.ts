import assert from "node:assert/strict";
import { test } from "node:test";
import { context, createContextKey } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { type Coroutine, coroutine, createTask, from, gather, run, Semaphore, sleep, taskGroup } from "yieldfrom";

const REQUEST = createContextKey("request");

/** The active context's request, as a span's maker would find it. */
function active(): unknown {
  return context.active().getValue(REQUEST);
}

function within<T>(request: string, fn: () => T): T {
  return context.with(context.active().setValue(REQUEST, request), fn);
}

const handle = coroutine(function* handle(permits: Semaphore): Coroutine<unknown[]> {
  const seen = [active()];
  using _permit = yield* permits;
  seen.push(active());
  yield* from(new Promise((resolve) => setImmediate(resolve)));
  seen.push(active());
  const child = yield* taskGroup(function* (group) {
    return group.createTask(
      (function* () {
        yield* sleep(1);
        return active();
      })(),
    );
  });
  seen.push(yield* child, active());
  return seen;
});

test("OpenTelemetry's context survives yield*, and requests do not see each other's", async () => {
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  try {
    const seen = await run(function* () {
      const permits = new Semaphore(1);
      return yield* gather(["a", "b", "c"].map((request) => within(request, () => createTask(handle(permits)))));
    });
    assert.deepEqual(
      seen,
      ["a", "b", "c"].map((request) => Array(5).fill(request)),
    );
    assert.equal(active(), undefined);
  } finally {
    context.disable();
    manager.disable();
  }
});
