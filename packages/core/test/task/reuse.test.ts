import assert from "node:assert/strict";
import { test } from "node:test";
import { coroutine, createTask, sleep } from "yieldfrom";
import { reportsOf, virtual } from "../helpers.ts";

const work = coroutine(function* work() {
  yield* sleep(1);
  return "worked";
});

// asyncio: "cannot reuse already awaited coroutine".
test("a coroutine() that has ended can't be awaited again, and says so by its name", () => {
  virtual(function* () {
    const coro = work();
    assert.equal(yield* coro, "worked");
    let thrown: unknown;
    try {
      yield* coro;
    } catch (error) {
      thrown = error;
    }
    assert.match(String(thrown), /^RuntimeError: work\(\).* was awaited already/);
  });
});

// asyncio: "coroutine is being awaited already".
test("a coroutine() that one task awaits can't be awaited by another, which is told so and does not hang", () => {
  const coro = work();
  let thrown: unknown;
  const reports = reportsOf(function* () {
    const first = createTask(coro);
    yield* sleep(0);
    try {
      const second = createTask(coro);
      yield* sleep(10);
      second.result();
    } catch (error) {
      thrown = error;
    }
    assert.equal(yield* first, "worked");
  });
  assert.match(String(thrown), /^RuntimeError: .*awaited already/);
  assert.deepEqual(reports, []);
});

// Python: `coro.close()` is how one discards a coroutine on purpose.
test("a coroutine that was closed before it was awaited is not reported", () => {
  virtual(function* () {
    work().return("unused");
    yield* sleep(1);
  });
});
