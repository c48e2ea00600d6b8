/**
 * How the first use of AsyncLocalStorage is noticed. A program of its own, since a test runner has used it before any test.
 * The argument says how it is used first.
 */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";

const store = new AsyncLocalStorage<string>();
const { prototype } = AsyncLocalStorage as unknown as { prototype: { run: unknown } };
const originals = { ...Object.getOwnPropertyDescriptors(prototype) };

const way = process.argv[2] as "run" | "enterWith" | "before" | "patched";

async function program(): Promise<void> {
  const { createTask, gather, run, sleep } = await import("yieldfrom");
  const { asyncContext } = await import("../../src/loop/async-context.ts");
  assert.equal(asyncContext.inUse, way === "before");

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
    const task = store.run("mine", () =>
      createTask(
        (function* () {
          yield* sleep(1);
          return store.getStore();
        })(),
      ),
    );
    return yield* gather([task, early]);
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
