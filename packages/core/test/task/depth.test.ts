import assert from "node:assert/strict";
import { test } from "node:test";
import { type Awaitable, type Coroutine, coroutine, createTask, type Suspension, sleep } from "yieldfrom";
import { virtual } from "../helpers.ts";

const DEEP = 100_000;
const failure = new Error("broken");

/** A chain of `depth` coroutine()s, each adding one to what the bottom gives. */
function chain(depth: number, bottom: () => Coroutine<number>): Coroutine<number> {
  const descend = coroutine(function* descend(left: number): Coroutine<number> {
    if (left === 0) return yield* bottom();
    return (yield* descend(left - 1)) + 1;
  });
  return descend(depth);
}

/** The same with a plain generator between every two. */
function mixed(depth: number, bottom: () => Coroutine<number>): Coroutine<number> {
  function* between(left: number): Coroutine<number> {
    return (yield* descend(left - 1)) + 1;
  }
  const descend = coroutine(function* descend(left: number): Coroutine<number> {
    if (left === 0) return yield* bottom();
    return (yield* between(left)) + 1;
  });
  return descend(depth);
}

const bottoms: Record<string, () => Coroutine<number>> = {
  *"without waiting"() {
    return 0;
  },
  *"after waiting"() {
    for (let i = 0; i < 3; i++) yield* sleep(i);
    return 0;
  },
};

for (const [name, bottom] of Object.entries(bottoms)) {
  test(`${DEEP} levels return ${name}`, () => {
    assert.equal(
      virtual(() => chain(DEEP, bottom)),
      DEEP,
    );
  });

  test(`${DEEP} levels, plain ones among them, return ${name}`, () => {
    assert.equal(
      virtual(() => mixed(DEEP / 2, bottom)),
      DEEP,
    );
  });

  test(`${DEEP} levels pass an error on ${name}, the very same`, () => {
    function* throws(): Coroutine<number> {
      yield* bottom();
      throw failure;
    }
    for (const build of [chain, mixed]) {
      assert.throws(
        () => virtual(() => build(DEEP / 2, throws)),
        (error) => error === failure,
      );
    }
  });
}

test(`${DEEP} levels pass a cancellation on, and each cleans up`, () => {
  virtual(function* () {
    let cleanedUp = 0;
    const descend = coroutine(function* descend(left: number): Coroutine<void> {
      try {
        if (left === 0) yield* sleep(1000);
        else yield* descend(left - 1);
      } finally {
        cleanedUp++;
      }
    });
    const task = createTask(descend(DEEP));
    yield* sleep(1);
    task.cancel("stop");
    yield* sleep(1);
    assert.throws(() => task.result(), { name: "CancelledError", message: "stop" });
    assert.equal(cleanedUp, DEEP + 1);
  });
});

test("an error caught half way up does not disturb the levels above", () => {
  virtual(function* () {
    const half = coroutine(function* half(): Coroutine<number> {
      try {
        return yield* chain(DEEP / 2, function* () {
          yield* sleep(1);
          throw failure;
        });
      } catch (error) {
        assert.equal(error, failure);
        yield* sleep(1);
        return 0;
      }
    });
    assert.equal(yield* chain(DEEP / 2, half), DEEP / 2);
  });
});

test("many tasks with deep chains of their own do not mix them up", () => {
  virtual(function* () {
    const tasks = Array.from({ length: 50 }, (_, i) =>
      createTask(
        chain(300 + i, function* () {
          for (let n = 0; n < 5; n++) yield* sleep(n % 2);
          return 1000 * i;
        }),
      ),
    );
    for (const [i, task] of tasks.entries()) assert.equal(yield* task, 1000 * i + 300 + i);
  });
});

/** Counts each time a `yield*` above asks the level below for its next result. */
class Counted<T> implements Awaitable<T> {
  static calls = 0;
  private readonly _below: Coroutine<T>;

  constructor(below: Coroutine<T>) {
    this._below = below;
  }

  [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    return this;
  }

  next(): IteratorResult<Suspension, T> {
    Counted.calls++;
    return this._below.next();
  }

  throw(error: unknown): IteratorResult<Suspension, T> {
    Counted.calls++;
    return this._below.throw(error);
  }
}

/** How often levels were asked in all, for a chain whose bottom waits that many times, and how it ends. */
function callsFor(depth: number, waits: number, end: () => number): number {
  const descend = coroutine(function* descend(left: number): Coroutine<number> {
    if (left > 0) return yield* new Counted(descend(left - 1));
    for (let i = 0; i < waits; i++) yield* sleep(i % 2);
    return end();
  });
  Counted.calls = 0;
  try {
    virtual(() => descend(depth));
  } catch (error) {
    assert.equal(error, failure);
  }
  return Counted.calls;
}

test("however often the bottom waits, the 1000 levels above it are not touched", () => {
  const ends = [
    () => 1,
    () => {
      throw failure;
    },
  ];
  for (const end of ends) {
    // Once to begin, once to fetch the outcome.
    assert.equal(callsFor(1000, 1, end), 2000);
    assert.equal(callsFor(1000, 100, end), 2000);
  }
});

test("a cancellation at the bottom is thrown there, not walked down to", () => {
  virtual(function* () {
    const descend = coroutine(function* descend(left: number): Coroutine<void> {
      if (left > 0) return yield* new Counted(descend(left - 1));
      try {
        yield* sleep(1000);
      } catch {
        // Refused: the levels above must not learn of it.
        callsThen = Counted.calls;
      }
      yield* sleep(1);
      assert.equal(Counted.calls, callsThen);
    });
    let callsThen = -1;
    Counted.calls = 0;
    const task = createTask(descend(1000));
    yield* sleep(1);
    assert.equal(Counted.calls, 1000);
    task.cancel();
    yield* task;
    assert.equal(callsThen, 1000);
    assert.equal(Counted.calls, 2000);
  });
});

test("a call that does not wait costs the levels above it nothing either", () => {
  virtual(function* () {
    const child = coroutine(function* child(n: number) {
      return n;
    });
    const descend = coroutine(function* descend(left: number): Coroutine<number> {
      if (left > 0) return yield* new Counted(descend(left - 1));
      let sum = 0;
      yield* sleep(0);
      for (let i = 0; i < 100; i++) sum += yield* child(i);
      yield* sleep(0);
      return sum;
    });
    Counted.calls = 0;
    assert.equal(yield* descend(1000), 4950);
    assert.equal(Counted.calls, 2000);
  });
});
