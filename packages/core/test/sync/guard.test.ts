import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Awaitable,
  BoundedSemaphore,
  CancelledError,
  createTask,
  Guard,
  getRunningLoop,
  Lock,
  Semaphore,
  sleep,
} from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

/** What can be taken and given back, made free, with one place. */
const kinds = [
  ["Lock", () => new Lock()],
  ["Semaphore", () => new Semaphore(1)],
  ["BoundedSemaphore", () => new BoundedSemaphore(1)],
] as const;
type Kind = ReturnType<(typeof kinds)[number][1]>;

/** The two ways to hold one while `body` runs. */
const forms = {
  *using<T>(held: Kind, body: () => Awaitable<T>) {
    using _held = yield* held;
    return yield* body();
  },
  *"acquire and release"<T>(held: Kind, body: () => Awaitable<T>) {
    yield* held.acquire();
    try {
      return yield* body();
    } finally {
      held.release();
    }
  },
};

for (const [kind, make] of kinds) {
  for (const [form, hold] of Object.entries(forms)) {
    test(`${kind}, ${form}: held while the body runs, free after it returned`, () =>
      virtual(function* () {
        const it = make();
        yield* hold(it, () => {
          assert.equal(it.locked(), true);
          return sleep(1);
        });
        assert.equal(it.locked(), false);
      }));

    test(`${kind}, ${form}: free after the body threw`, () =>
      virtual(function* () {
        const it = make();
        const error = yield* failureOf(
          hold(it, () => {
            throw new RangeError("body");
          }),
        );
        assert.match(String(error), /body/);
        assert.equal(it.locked(), false);
      }));

    test(`${kind}, ${form}: free after the body was cancelled`, () =>
      virtual(function* () {
        const it = make();
        const task = createTask(hold(it, () => sleep(100)));
        getRunningLoop().callLater(1, () => task.cancel());
        assert.ok((yield* failureOf(task)) instanceof CancelledError);
        assert.equal(it.locked(), false);
      }));

    test(`${kind}, ${form}: cancelled while it waits, it takes nothing and frees nothing`, () =>
      virtual(function* () {
        const it = make();
        yield* it.acquire();
        const task = createTask(hold(it, () => sleep(100)));
        yield* sleep(1);
        task.cancel();
        assert.ok((yield* failureOf(task)) instanceof CancelledError);
        assert.equal(it.locked(), true);
        it.release();
        assert.equal(it.locked(), false);
      }));

    test(`${kind}, ${form}: cancelled when it was woken but had not run, it hands on to the next`, () =>
      virtual(function* () {
        const it = make();
        yield* it.acquire();
        const [first, second] = [createTask(hold(it, () => sleep(1))), createTask(hold(it, () => sleep(1)))];
        yield* sleep(1);
        it.release();
        first.cancel();
        assert.ok((yield* failureOf(first)) instanceof CancelledError);
        yield* second;
        assert.equal(it.locked(), false);
      }));
  }

  test(`${kind}: the guard frees it when a loop is left by break and continue`, () =>
    virtual(function* () {
      const it = make();
      for (let round = 0; round < 3; round++) {
        using _held = yield* it;
        assert.equal(it.locked(), true);
        if (round === 0) continue;
        break;
      }
      assert.equal(it.locked(), false);
    }));

  test(`${kind}: a guard frees it once, however often it is disposed`, () =>
    virtual(function* () {
      const it = make();
      const guard = yield* it;
      assert.ok(guard instanceof Guard);
      guard[Symbol.dispose]();
      assert.equal(it.locked(), false);
      yield* it.acquire();
      guard[Symbol.dispose]();
      assert.equal(it.locked(), true, "held by someone else by now");
      it.release();
    }));

  test(`${kind}: each \`yield*\` makes a guard of its own`, () =>
    virtual(function* () {
      const it = make();
      const first = yield* it;
      first[Symbol.dispose]();
      const second = yield* it;
      assert.notEqual(first, second);
      second[Symbol.dispose]();
    }));

  test(`${kind}: given to createTask it is refused, to a combinator it is taken`, () =>
    virtual(function* () {
      const it = make();
      assert.throws(() => createTask(it as never), /^TypeError: Expected a coroutine, got \[object \w+\]$/);
      assert.equal(yield* createTask(it.acquire()), true);
      assert.equal(it.locked(), true);
      it.release();
    }));
}
