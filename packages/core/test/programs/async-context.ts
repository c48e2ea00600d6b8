/**
 * How the first use of AsyncLocalStorage is noticed. A program of its own, since a test runner has used it before any test.
 * The argument says how it is used first.
 */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import type { Coroutine } from "yieldfrom";

const store = new AsyncLocalStorage<string>();
const { prototype } = AsyncLocalStorage as unknown as { prototype: { run: unknown } };
const originals = { ...Object.getOwnPropertyDescriptors(prototype) };

const way = process.argv[2] as "run" | "enterWith" | "eager" | "nested" | "before" | "patched";

async function program(): Promise<void> {
  const { createTask, gather, run, sleep, VirtualEventLoop } = await import("yieldfrom");
  const { asyncContext } = await import("../../src/loop/async-context.ts");
  assert.equal(asyncContext.inUse, way === "before");

  function* entering(): Coroutine<void> {
    store.enterWith("somebody else's");
    yield* sleep(0);
    assert.equal(store.getStore(), "somebody else's");
  }

  let others = 0;
  if (way === "patched") {
    const original = prototype.run as (...args: unknown[]) => unknown;
    prototype.run = function (this: unknown, ...args: unknown[]) {
      others++;
      return original.apply(this, args);
    };
  }
  const patched = prototype.run;

  const seen = await run(function* () {
    const early = createTask(
      (function* () {
        yield* sleep(5);
        return store.getStore();
      })(),
    );
    if (way === "enterWith") store.enterWith("entered");
    if (way === "eager") createTask(entering(), { eagerStart: true });
    if (way === "nested") new VirtualEventLoop().runUntilComplete(entering());
    const task = store.run("mine", () =>
      createTask(
        (function* () {
          yield* sleep(1);
          return store.getStore();
        })(),
      ),
    );
    return [...(yield* gather([task, early])), store.getStore()];
  });
  assert.equal(asyncContext.inUse, true);
  if (way === "patched") {
    assert.equal(prototype.run, patched, "what somebody else put there stays");
    assert.equal(others, 1);
  } else if (way !== "before") {
    assert.equal(prototype.run, originals.run.value, "the original is back");
  }
  console.log(JSON.stringify(seen));
}

if (way === "before") await store.run("before", program);
else await program();
