import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Awaitable,
  type Coroutine,
  coroutine,
  createTask,
  Future,
  getRunningLoop,
  isCoroutine,
  isCoroutineFunction,
  type Operation,
  type Suspension,
  sleep,
} from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Fails to compile when the two types differ; the test that calls it checks the values. */
function sameType<A, B>(_same: Same<A, B>): void {}

test("name, length, arguments and result are the function's", () => {
  const add = coroutine(function* add(a: number, b: number) {
    yield* sleep(0);
    return a + b;
  });
  assert.equal(add.name, "add");
  assert.equal(add.length, 2);
  assert.equal(
    virtual(() => add(1, 2)),
    3,
  );
});

/** What the coroutines of these functions are called in messages. */
function namesOf(fns: readonly (() => Coroutine<void>)[]): (string | undefined)[] {
  return virtual(function* () {
    const names: (string | undefined)[] = [];
    for (const fn of fns) {
      const task = createTask(fn());
      names.push(/coro=<(.*?)\(\) at /.exec(String(task))?.[1]);
      yield* task;
    }
    return names;
  });
}

test("a function's own name is its coroutines', and none is said to be none", () => {
  const nameless = [coroutine(function* () {})][0]!;
  const named = coroutine(function* itsOwn() {});
  assert.deepEqual(namesOf([nameless, named]), ["(anonymous)", "itsOwn"]);
});

test("a function literal is called in messages what it is assigned to", () => {
  const assigned = coroutine(function* () {});
  const member = { inObject: coroutine(function* () {}) };
  assert.deepEqual(namesOf([assigned, member.inObject]), ["assigned", "inObject"]);
});

test("a function literal in a field is called as the field", () => {
  class Thing {
    readonly inField = coroutine(function* (): Coroutine<void> {});
    static readonly inStatic = coroutine(function* (): Coroutine<void> {});
  }
  assert.deepEqual(namesOf([new Thing().inField, Thing.inStatic]), ["inField", "inStatic"]);
});

/** Gives every result in a new object, as JavaScriptCore's `yield*` does at each level. */
function anew<T>(inner: Iterator<Suspension, T, unknown>): Coroutine<T> {
  const outer = {
    next: (value: unknown) => ({ ...inner.next(value) }),
    throw: (error: unknown) => ({ ...inner.throw!(error) }),
    return: (value: T) => ({ ...inner.return!(value) }),
    [Symbol.iterator]: () => outer,
  };
  return outer as unknown as Coroutine<T>;
}

test("it is what an iterator yields that counts, not the object it comes in", () => {
  const deep = coroutine(function* (levels: number): Coroutine<string> {
    return levels === 0 ? yield* sleep(3, "from below") : yield* anew(deep(levels - 1));
  });
  virtual(function* () {
    assert.equal(yield* anew(sleep(3, "slept")[Symbol.iterator]()), "slept");
    assert.equal(yield* anew(sleep(0, "gave way")[Symbol.iterator]()), "gave way");
    assert.equal(yield* deep(150), "from below");
    assert.equal(getRunningLoop().time(), 6);
    const task = createTask(anew(deep(5)));
    yield* sleep(1);
    task.cancel("enough");
    assert.equal(String(yield* failureOf(task)), "CancelledError: enough");
  });
});

test("types flow through: arguments, generics, defaults, this, result", () => {
  const first = coroutine(function* first<T>(items: readonly T[], or?: T): Coroutine<T | undefined> {
    yield* sleep(0);
    return items[0] ?? or;
  });
  sameType<typeof first, <T>(items: readonly T[], or?: T) => Coroutine<T | undefined>>(true);
  const value = virtual(function* () {
    const got = yield* first(["a"]);
    sameType<typeof got, string | undefined>(true);
    return got;
  });
  assert.equal(value, "a");
  assert.equal(
    // @ts-expect-error a number is no list
    virtual(() => first(1)),
    undefined,
  );
});

test("the type of a plain function's coroutine is what yield* gives", () => {
  const plain = coroutine((n: number) => n + 1);
  sameType<ReturnType<typeof plain>, Coroutine<number>>(true);
  const waits = coroutine((ms: number) => sleep(ms, "slept"));
  sameType<ReturnType<typeof waits>, Coroutine<string>>(true);
  assert.deepEqual(
    virtual(function* () {
      return [yield* plain(1), yield* waits(1)];
    }),
    [2, "slept"],
  );
});

test("a function with generic arguments keeps its types", () => {
  function wrapped<A extends unknown[]>(fn: (...args: A) => Coroutine<string>): (...args: A) => Coroutine<string> {
    return coroutine(fn);
  }
  const echo = wrapped(function* (text: string) {
    yield* sleep(0);
    return text;
  });
  assert.equal(
    virtual(() => echo("hello")),
    "hello",
  );
});

test("a method keeps its this, wrapped in a field, on a prototype, or by a decorator call", () => {
  class Counter {
    count = 0;
    readonly inField = coroutine(function* (this: Counter, by: number) {
      yield* sleep(0);
      this.count += by;
      return this.count;
    });
    *decorated(by: number): Coroutine<number> {
      yield* sleep(0);
      this.count += by;
      return this.count;
    }
  }
  // What `@coroutine` before the method compiles to.
  const original = Counter.prototype.decorated;
  const decorate = coroutine as (fn: typeof original, context: object) => typeof original;
  Counter.prototype.decorated = decorate(original, { kind: "method", name: "decorated", static: false });
  assert.equal(Counter.prototype.decorated.name, "decorated");
  const counter = new Counter();
  assert.deepEqual(
    virtual(function* () {
      return [yield* counter.inField(1), yield* counter.decorated(10)];
    }),
    [1, 11],
  );
});

test("as a decorator it takes methods only", () => {
  for (const kind of ["class", "field", "getter", "setter", "accessor"]) {
    assert.throws(() => coroutine(function* () {}, { kind }), {
      name: "TypeError",
      message: `@coroutine decorates methods, not a ${kind}`,
    });
  }
});

test("what is no function is refused", () => {
  assert.throws(() => coroutine({} as never), {
    name: "TypeError",
    message: "Expected `fn` to be a coroutine function, got [object Object]",
  });
});

test("a plain function's value, coroutine, future or lazy awaitable is waited for; other iterables are values", () => {
  virtual(function* () {
    const future = new Future<string>();
    getRunningLoop().callSoon(() => future.setResult("future"));
    const list = [1, 2];
    const cases: readonly (readonly [() => unknown, unknown])[] = [
      [() => 42, 42],
      [() => undefined, undefined],
      [() => "text", "text"],
      [() => list, list],
      [() => future, "future"],
      [() => sleep(1, "lazy"), "lazy"],
      [
        function* () {
          yield* sleep(1);
          return "generator";
        },
        "generator",
      ],
    ];
    for (const [fn, expected] of cases) assert.equal(yield* coroutine(fn)(), expected);
  });
});

test("a plain function does nothing before it is awaited, and its error is thrown there", () => {
  virtual(function* () {
    const failure = new Error("broken");
    let called = 0;
    const fails = coroutine((): number => {
      called++;
      throw failure;
    });
    const coro = fails();
    assert.equal(called, 0);
    let thrown: unknown;
    try {
      yield* coro;
    } catch (error) {
      thrown = error;
    }
    assert.equal(thrown, failure);
    assert.equal(called, 1);
  });
});

test("wrapping twice does no harm", () => {
  const twice = coroutine(
    coroutine(function* work(n: number) {
      yield* sleep(1);
      return n;
    }),
  );
  assert.equal(
    virtual(() => twice(5)),
    5,
  );
  assert.equal(twice.name, "work");
});

test("nothing runs before it is driven", () => {
  virtual(function* () {
    let ran = false;
    const coro = coroutine(function* () {
      ran = true;
      yield* sleep(0);
    })();
    yield* sleep(0);
    const ranBefore = ran;
    yield* coro;
    assert.deepEqual([ranBefore, ran], [false, true]);
  });
});

test("isCoroutine and isCoroutineFunction", () => {
  const made = coroutine(function* () {
    yield* sleep(0);
  });
  virtual(function* () {
    const coro = made();
    const lazy = sleep(1);
    for (const yes of [coro, lazy, (function* () {})()]) assert.equal(isCoroutine(yes), true);
    for (const no of [made, new Future(), null, undefined, 1, "text", [], [].values(), new Map(), Promise.resolve()]) {
      assert.equal(isCoroutine(no), false, String(no));
    }
    yield* coro;
    yield* lazy;
  });
  for (const yes of [made, function* () {}, coroutine(() => 1)]) assert.equal(isCoroutineFunction(yes), true);
  for (const no of [() => 1, async () => 1, async function* () {}, null, {}, sleep]) {
    assert.equal(isCoroutineFunction(no), false, String(no));
  }
});

test("an async generator is no coroutine, and is refused where it is given", () => {
  async function* ticks() {}
  assert.equal(isCoroutine(ticks()), false);
  virtual(function* () {
    assert.throws(() => createTask(ticks() as never), { name: "TypeError", message: /^Expected a coroutine, got / });
    yield* sleep(0);
  });
});

test("a generator made by hand of another realm's parts is driven as a coroutine", () => {
  virtual(function* () {
    const inner = (function* () {
      yield* sleep(1);
      return "foreign";
    })();
    const foreign = {
      next: (value: unknown) => inner.next(value),
      throw: (error: unknown) => inner.throw(error),
      return: (value: string) => inner.return(value),
      [Symbol.iterator]() {
        return this;
      },
    };
    assert.equal(isCoroutine(foreign), true);
    assert.equal(yield* createTask(foreign as unknown as Coroutine<string>), "foreign");
  });
});

test("an awaitable of the user's own may stand before a coroutine()", () => {
  const inner = coroutine(function* inner(n: number) {
    yield* sleep(n);
    yield* sleep(0);
    return n;
  });
  class Later implements Awaitable<number> {
    [Symbol.iterator]() {
      return inner(3)[Symbol.iterator]();
    }
  }
  const outer = coroutine(function* outer() {
    return (yield* new Later()) + (yield* new Later());
  });
  assert.equal(
    virtual(() => outer()),
    6,
  );
});

test("operations are typed by what they give", () => {
  sameType<ReturnType<typeof sleep<number>>, Operation<number>>(true);
  virtual(function* () {
    const slept: string = yield* sleep(1, "text");
    assert.equal(slept, "text");
  });
});

test("an async function is refused, with what to write instead", () => {
  async function load() {}
  async function* lines() {}
  for (const fn of [load, lines]) {
    assert.throws(() => coroutine(fn as never), {
      name: "TypeError",
      message: `coroutine() can't be given the async function ${fn.name}: make it a \`function*\` with \`yield*\` for each \`await\`, or wait for its Promise by \`yield* from(…)\``,
    });
  }
});

test("a coroutine in the place of its function is refused by its name", () =>
  virtual(function* () {
    const work = coroutine(function* work() {});
    const coro = work();
    assert.throws(() => coroutine(coro as never), {
      name: "TypeError",
      message:
        /^Expected `fn` to be a coroutine function, got work\(\) at .*: give it the function, not what its call returns$/,
    });
    yield* coro;
  }));
