import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Coroutine,
  coroutine,
  createTask,
  Event,
  Future,
  from,
  Lock,
  RuntimeError,
  run,
  type Suspension,
  sleep,
  VirtualEventLoop,
} from "yieldfrom";
import { defaultHost } from "../../src/host.ts";
import { virtual } from "../helpers.ts";
import { place } from "../place.ts";

const childPlace = place(1);
const child = coroutine(function* child(): Coroutine<number> {
  return 1;
});

/** The type checker would catch these mistakes; JavaScript, and a cast, let them through. */
function bad(value: unknown): Suspension {
  return value as Suspension;
}

/** The error that main, a coroutine with a mistake, ends with. What else is reported does not matter here. */
function errorOf(main: () => Coroutine<unknown>): RuntimeError {
  const loop = new VirtualEventLoop();
  loop.setExceptionHandler(() => {});
  try {
    loop.runUntilComplete(main());
  } catch (error) {
    assert.ok(error instanceof RuntimeError, String(error));
    return error;
  } finally {
    loop.close();
  }
  assert.fail("no error");
}

const messages: Record<string, readonly [() => unknown, string]> = {
  "sleep(1)": [() => sleep(1), "a coroutine must not yield sleep(1): write `yield* sleep(1)`, with a star"],
  "sleep(0)": [() => sleep(0), "a coroutine must not yield sleep(0): write `yield* sleep(0)`, with a star"],
  "a Future": [() => new Future(), "a coroutine must not yield <Future pending>: write `yield* future`, with a star"],
  "a Promise": [() => Promise.resolve(), "a coroutine must not yield [object Promise]: write `yield* from(promise)`"],
  "a number": [
    () => 5,
    "a coroutine must not yield 5: it can only wait, by `yield*` before an awaitable; to give way write `yield* sleep(0)`",
  ],
  nothing: [
    () => undefined,
    "a coroutine must not yield undefined: it can only wait, by `yield*` before an awaitable; to give way write `yield* sleep(0)`",
  ],
  null: [
    () => null,
    "a coroutine must not yield null: it can only wait, by `yield*` before an awaitable; to give way write `yield* sleep(0)`",
  ],
  "a text": [
    () => "now",
    'a coroutine must not yield "now": it can only wait, by `yield*` before an awaitable; to give way write `yield* sleep(0)`',
  ],
  "a list": [
    () => [1, 2],
    "a coroutine must not yield [2 items]: it can only wait, by `yield*` before an awaitable; to give way write `yield* sleep(0)`",
  ],
};

for (const [name, [make, message]] of Object.entries(messages)) {
  test(`yield of ${name}: the message says what to write`, () => {
    const error = errorOf(function* () {
      yield bad(make());
    });
    assert.equal(error.message, message);
    assert.equal(error.code, "ERR_RUNTIME");
  });
}

test("yield of any lazy awaitable of the library says how to write it", () => {
  for (const [make, advice] of [
    [() => new Lock().acquire(), "write `yield* Lock.acquire()`, with a star"],
    [() => new Event().wait(), "write `yield* Event.wait()`, with a star"],
    [() => from(Promise.resolve()), "write `yield* from()`, with a star"],
  ] as const) {
    const error = errorOf(function* () {
      yield bad(make());
    });
    assert.ok(error.message.endsWith(`: ${advice}`), error.message);
  }
});

test("yield of a Task names it", () => {
  const error = errorOf(function* () {
    yield bad(createTask(child(), { name: "worker" }));
  });
  assert.equal(
    error.message,
    `a coroutine must not yield <Task pending name='worker' coro=<child() at ${childPlace}>>: write \`yield* future\`, with a star`,
  );
});

test("yield of a coroutine() names it and its place", () => {
  const error = errorOf(function* () {
    yield bad(child());
  });
  assert.ok(error.message.startsWith("a coroutine must not yield "), error.message);
  assert.ok(error.message.includes(`child() at ${childPlace}`), error.message);
  assert.ok(error.message.endsWith(": write `yield* child()`, with a star"), error.message);
});

test("yield of a plain coroutine says what it was", () => {
  const error = errorOf(function* () {
    yield bad((function* () {})());
  });
  assert.match(
    error.message,
    /^a coroutine must not yield .*(coroutine|generator).*: write `yield\* child\(\)`, with a star$/i,
  );
});

/** Node's debugger knows where a suspended generator stands (host.test.ts holds it to that), other hosts have none to ask. */
const hostTells = (() => {
  const gen = (function* () {
    yield 1;
  })();
  gen.next();
  return defaultHost.whereIs(gen) !== undefined;
})();

/** The stack begins with that place, or has none where the host can't tell. */
function assertBlamed(error: Error, at: string): void {
  assert.equal(blamed(error), hostTells ? at : "");
}

/** The place that the first line of the stack names, as `file:line`. */
function blamed(error: Error): string {
  const line = (error.stack ?? "").split("\n")[1] ?? "";
  return /file:\/\/(.+:\d+):\d+\)?$/.exec(line)?.[1] ?? line;
}

test("the stack begins with the function, file and line of the yield", () => {
  const at = place(2);
  function* outermost(): Coroutine<void> {
    yield bad(sleep(1));
  }
  const error = errorOf(outermost);
  assertBlamed(error, at);
  const head = /^RuntimeError: a coroutine must not yield .*/.source;
  assert.match(
    error.stack ?? "",
    hostTells ? new RegExp(`${head}\\n {4}at outermost \\(file:`) : new RegExp(`${head}$`),
  );
});

const mistakes: Record<string, () => unknown> = {
  "a Task": () => createTask(child()),
  "a Promise": () => Promise.resolve(),
  "a coroutine": () => child(),
  junk: () => 5,
};

for (const [name, make] of Object.entries(mistakes)) {
  test(`the line is blamed for ${name} as well`, () => {
    const at = place(3);
    const error = errorOf(function* () {
      yield* sleep(0);
      yield bad(make());
    });
    assertBlamed(error, at);
  });
}

test("the debugger is asked for a coroutine a few times only, as it takes long", (t) => {
  let asked = 0;
  t.mock.method(defaultHost, "whereIs", () => {
    asked++;
    return undefined;
  });
  function* again(): Coroutine<void> {
    yield bad(5);
  }
  for (let i = 0; i < 30; i++) assert.match(errorOf(again).message, /^a coroutine must not yield 5/);
  assert.equal(asked, 10);
  errorOf(function* another() {
    yield bad(5);
  });
  assert.equal(asked, 11);
});

test("in a coroutine() that is the task's own, its yield is blamed", () => {
  const at = place(2);
  const main = coroutine(function* main() {
    yield bad(sleep(1));
  });
  assertBlamed(errorOf(main), at);
});

test("after a wait the yield of the coroutine() that made the mistake is blamed", () => {
  const at = place(3);
  const inner = coroutine(function* inner() {
    yield* sleep(1);
    yield bad(5);
  });
  const error = errorOf(function* () {
    yield* inner();
  });
  assertBlamed(error, at);
});

test("before any wait the yield of the coroutine() that made the mistake is blamed, not the yield* above it", () => {
  const at = place(2);
  const inner = coroutine(function* inner() {
    yield bad(5);
  });
  const error = errorOf(function* () {
    yield* inner();
  });
  assertBlamed(error, at);
});

test("in nested plain coroutines the innermost yield is blamed", () => {
  const at = place(2);
  function* inner(): Coroutine<void> {
    yield bad(5);
  }
  function* outer(): Coroutine<void> {
    yield* inner();
  }
  assertBlamed(errorOf(outer), at);
});

test("the error is thrown at the yield, where it may be caught", () => {
  virtual(function* () {
    let message = "";
    try {
      yield bad(5);
    } catch (error) {
      message = (error as Error).message;
    }
    assert.match(message, /^a coroutine must not yield 5/);
    yield* sleep(1);
  });
});

test("a cancellation that comes before the error replaces it", () => {
  virtual(function* () {
    const task = createTask(
      (function* () {
        yield bad(5);
      })(),
    );
    yield* sleep(0);
    task.cancel();
    yield* sleep(0);
    assert.equal(task.cancelled(), true);
  });
});

test("createTask of something else says what it got and what to write", () => {
  virtual(function* () {
    function* work(): Coroutine<void> {
      yield* sleep(0);
    }
    const future = new Future();
    const cases: readonly (readonly [unknown, string])[] = [
      [work, "Expected a coroutine, got [function work]: call it, as in createTask(work())"],
      [() => sleep(1), "Expected a coroutine, got [function anonymous]: call it, as in createTask(main())"],
      [
        Promise.resolve(),
        "Expected a coroutine, got [object Promise]: wrap the promise, as in createTask(from(promise))",
      ],
      [future, "Expected a coroutine, got <Future pending>: it is under way already, wait for it with `yield*`"],
      [undefined, "Expected a coroutine, got undefined"],
      [null, "Expected a coroutine, got null"],
      ["text", 'Expected a coroutine, got "text"'],
      [[1], "Expected a coroutine, got [1 items]"],
      [{}, "Expected a coroutine, got [object Object]"],
    ];
    for (const [value, message] of cases) {
      assert.throws(() => createTask(value as never), { name: "TypeError", message });
    }
    yield* sleep(0);
  });
});

test("createTask of a Promise that was wrapped waits for it", async () => {
  assert.equal(
    await run(function* () {
      return yield* createTask(from(Promise.resolve(5)));
    }),
    5,
  );
});

test("createTask with no running loop says how to get one", () => {
  const coro = (function* () {})();
  assert.throws(() => createTask(coro), { name: "RuntimeError", message: /run\(main\).*loop\.createTask\(…\)$/ });
});

test("createTask with no running loop names createTask", () => {
  const coro = (function* () {})();
  assert.throws(() => createTask(coro), { message: /^createTask\(\) / });
});
