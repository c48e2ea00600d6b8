import assert from "node:assert/strict";
import { test } from "node:test";
import { type Coroutine, coroutine, createTask, run, sleep, TimeoutError, timeout } from "yieldfrom";
import { parseStack } from "../../src/traceback.ts";

const inner = coroutine(function* inner(error: unknown): Coroutine<void> {
  yield* sleep(1);
  throw error;
});
const middle = coroutine(function* middle(error: unknown): Coroutine<void> {
  yield* plain(error);
});
function* plain(error: unknown): Coroutine<void> {
  yield* inner(error);
}
const outer = coroutine(function* outer(error: unknown): Coroutine<void> {
  yield* middle(error);
});

/** The functions of this file on the stack of what `main` throws. */
async function stackOf(main: () => Coroutine<unknown>, debug: boolean): Promise<string[]> {
  const error = await run(main, { debug }).then(
    () => assert.fail("expected an error"),
    (error: Error) => error,
  );
  return functionsOf(error);
}

function functionsOf(error: Error): string[] {
  const places = parseStack(error.stack ?? "").filter(({ file }) => file.endsWith("/callers.test.ts"));
  return places.map(({ fn }) => fn).filter((fn) => fn !== "");
}

test("in debug mode an error shows the coroutines that await the one it comes out of, each once", async () => {
  const error = new Error("broken");
  error.stack = "Error: broken";
  const main = coroutine(function* main(): Coroutine<void> {
    yield* outer(error);
  });
  assert.deepEqual(await stackOf(main, true), ["plain", "middle", "outer", "main"]);
});

test("without it the stack is the host's alone", async () => {
  const error = new Error("broken");
  error.stack = "Error: broken";
  await assert.rejects(
    run(() => outer(error)),
    error,
  );
  assert.equal(error.stack, "Error: broken");
});

test("a TimeoutError, which the library makes, leads to the line that it came out of", async () => {
  const slow = coroutine(function* slow(): Coroutine<void> {
    yield* timeout(1, () => sleep(1000));
  });
  const main = coroutine(function* main(): Coroutine<void> {
    yield* slow();
  });
  assert.deepEqual(await stackOf(main, true), ["slow", "main"]);
});

test("an error that a second task is told gets that task's coroutines as well", async () => {
  const waits = coroutine(function* waits(task: Coroutine<void>): Coroutine<void> {
    yield* createTask(task);
  });
  const main = coroutine(function* main(): Coroutine<void> {
    const error = new Error("broken");
    error.stack = "Error: broken";
    yield* waits(middle(error));
  });
  assert.deepEqual(await stackOf(main, true), ["plain", "middle", "main"]);
});

test("an error that was caught on the way and thrown on passes by as any other", async () => {
  const error = new Error("broken");
  error.stack = "Error: broken";
  const retries = coroutine(function* retries(): Coroutine<string> {
    try {
      yield* outer(error);
    } catch (caught) {
      assert.equal(caught, error);
      yield* sleep(1);
      return "went on";
    }
    return "";
  });
  assert.equal(await run(retries, { debug: true }), "went on");
  assert.deepEqual(functionsOf(error), ["plain", "middle", "outer", "retries"]);
});

test("what is frozen, or no error, is passed on all the same", async () => {
  const frozen = Object.freeze(new TimeoutError("broken"));
  await assert.rejects(
    run(() => outer(frozen), { debug: true }),
    frozen,
  );
  assert.equal(await run(() => outer("a word"), { debug: true }).catch((error: unknown) => error), "a word");
});
