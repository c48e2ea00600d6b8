import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Awaitable,
  type CodePlace,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  Event,
  Future,
  from,
  HostEventLoop,
  Lock,
  Queue,
  Semaphore,
  type Suspension,
  sleep,
  type Task,
  taskGroup,
  timeout,
} from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

/** The functions of this file on a stack, with their lines. */
function own(stack: readonly CodePlace[]): string[] {
  return stack.filter(({ file }) => file.endsWith("/stack.test.ts")).map(({ fn, line }) => `${fn}:${line}`);
}

const lines: Record<string, number> = {};

/** Notes that the function `name` will be found at the line after the caller's; the built tests have other lines. */
function next(name: string): string {
  lines[name] = Number(/stack\.test\.ts:(\d+):\d+/.exec(new Error().stack?.split("\n")[2] ?? "")?.[1]) + 1;
  return name;
}

/** What `own` should give of these functions. */
function at(...names: string[]): string[] {
  return names.map((name) => `${name}:${lines[name]}`);
}

const log: string[] = [];
function* plainBottom(lock: Lock): Coroutine<void> {
  try {
    next("plainBottom");
    yield* lock.acquire();
  } catch (error) {
    log.push("catch");
    throw error;
  } finally {
    log.push("finally");
  }
}
const middle = coroutine(function* middle(lock: Lock): Coroutine<void> {
  next("middle");
  yield* plainBottom(lock);
});
function* plainMiddle(lock: Lock): Coroutine<void> {
  next("plainMiddle");
  yield* middle(lock);
}
const top = coroutine(function* top(lock: Lock): Coroutine<void> {
  next("top");
  yield* timeout(1000, () => plainMiddle(lock));
});

test("a suspended task shows every coroutine of its chain, plain or not, outermost first, and is not disturbed", () => {
  log.length = 0;
  virtual(function* () {
    const lock = new Lock();
    yield* lock.acquire();
    const task = createTask(top(lock));
    yield* sleep(1);
    const stack = task.getStack();
    const whole = at("top", "plainMiddle", "middle", "plainBottom");
    assert.deepEqual(own(stack), whole);
    assert.deepEqual(
      stack.map(({ fn }) => fn),
      ["top", "timeout", "plainMiddle", "middle", "plainBottom"],
      "coroutines of the library have their place in the chain, its engine has not",
    );
    assert.deepEqual(own(task.getStack({ limit: 2 })), whole.slice(2), "the innermost two");
    assert.deepEqual(task.getStack({ limit: 0 }), []);
    assert.deepEqual(own(task.getStack()), whole, "asked twice");
    assert.deepEqual(log, [], "neither catch nor finally has run");
    assert.equal(String(lock), "<Lock locked waiters=1>");
    lock.release();
    assert.deepEqual(own(task.getStack()), whole, "woken, but not yet run");
    yield* task;
    assert.deepEqual(log, ["finally"]);
    assert.deepEqual(task.getStack(), [], "done");
    assert.ok(lock.locked());
  });
});

test("asking does not get in the way of a cancellation", () => {
  log.length = 0;
  virtual(function* () {
    const lock = new Lock();
    yield* lock.acquire();
    const task = createTask(top(lock));
    yield* sleep(1);
    task.getStack();
    task.cancel();
    task.getStack();
    yield* sleep(1);
    assert.ok(task.cancelled());
    assert.deepEqual(log, ["catch", "finally"]);
    assert.equal(String(lock), "<Lock locked>");
  });
});

const waits: Record<string, () => Coroutine<unknown>> = {
  *"a future"() {
    yield* new Future();
  },
  *"sleep(0)"() {
    for (;;) yield* sleep(0);
  },
  *"sleep(0) with a result"() {
    for (;;) yield* sleep(0, 1);
  },
  *"a long sleep"() {
    yield* sleep(100_000);
  },
  *"an empty queue"() {
    yield* new Queue().get();
  },
  *"a full queue"() {
    const queue = new Queue(1);
    yield* queue.put(1);
    yield* queue.put(2);
  },
  *"a semaphore"() {
    yield* new Semaphore(0);
  },
  *"an event"() {
    yield* new Event().wait();
  },
  *"a task"() {
    yield* createTask(sleep(100_000));
  },
  *"a task group"() {
    yield* taskGroup(function* (group) {
      group.createTask(sleep(100_000));
      yield* sleep(0);
    });
  },
};

for (const [name, wait] of Object.entries(waits)) {
  test(`a task that waits for ${name} shows where`, () => {
    virtual(function* () {
      const task = createTask(wait());
      // Not in time, which stands still while a task gives way again and again.
      for (let i = 0; i < 5; i++) yield* sleep(0);
      const [outermost] = task.getStack();
      assert.equal(outermost?.fn, name, `${JSON.stringify(task.getStack())}`);
      assert.deepEqual(task.getStack(), task.getStack());
      task.cancel();
      for (let i = 0; i < 5; i++) yield* sleep(0);
      assert.ok(task.cancelled());
    });
  });
}

test("an operation that obeys a signal is not aborted by the question", async () => {
  const loop = new HostEventLoop();
  const signals: AbortSignal[] = [];
  await loop.runUntilComplete(
    (function* () {
      const task = createTask(
        from(
          (signal) =>
            new Promise((_, reject) => {
              signals.push(signal);
              signal.addEventListener("abort", () => reject(signal.reason));
            }),
        ),
      );
      yield* sleep(0);
      task.getStack();
      assert.equal(signals[0]!.aborted, false);
      task.cancel();
      yield* sleep(0);
      assert.equal(signals[0]!.aborted, true);
    })(),
  );
  loop.close();
});

test("the running task shows its own chain down to the caller", () => {
  virtual(function* () {
    let stack: CodePlace[] = [];
    const innermost = coroutine(function* innermost() {
      next("innermost");
      stack = currentTask()!.getStack();
    });
    const resumed = coroutine(function* resumed(): Coroutine<void> {
      yield* sleep(0);
      next("resumed");
      yield* innermost();
    });
    const outermost = coroutine(function* outermost(): Coroutine<void> {
      next("outermost");
      yield* resumed();
    });
    yield* createTask(outermost());
    assert.deepEqual(own(stack), at("outermost", "resumed", "innermost"));
  });
});

test("a task that has not begun has no stack, and begins as if nobody had asked", () => {
  virtual(function* () {
    const task = createTask(coroutine(() => 42)());
    assert.deepEqual(task.getStack(), []);
    assert.equal(yield* task, 42);
  });
});

test("a failed task shows where its error was made, of which a limit keeps the outermost places", () => {
  virtual(function* () {
    function* breaks(): Coroutine<void> {
      yield* sleep(0);
      next("breaks");
      throw new Error("broken");
    }
    function* calls(): Coroutine<void> {
      next("calls");
      yield* breaks();
    }
    const task = createTask(calls());
    yield* sleep(1);
    const stack = own(task.getStack());
    // JavaScriptCore leaves out the generators that only delegate.
    assert.deepEqual(stack, stack.length === 1 ? at("breaks") : at("calls", "breaks"));
    assert.deepEqual(own(task.getStack({ limit: stack.length })), stack);
    assert.match(printed(task), /^Traceback of <Task finished .*> \(most recent call last\):\n {2}at [\s\S]*breaks \(/);
    task.exception();
  });
});

test("a task that failed with something else than an Error has no stack", () => {
  virtual(function* () {
    const task = createTask(
      (function* () {
        throw "text";
      })(),
    );
    yield* sleep(1);
    assert.deepEqual(task.getStack(), []);
    assert.match(printed(task), /^No stack for <Task finished .*>\n$/);
    task.exception();
  });
});

test("printStack prints the chain with its places", () => {
  virtual(function* () {
    const task = createTask(waits["a long sleep"]!(), { name: "sleeper" });
    yield* sleep(1);
    assert.match(
      printed(task),
      /^Stack of <Task pending name='sleeper' .*> \(most recent call last\):\n {2}at a long sleep \(.*stack\.test\.ts:\d+:\d+\)\n$/,
    );
    task.cancel();
  });
});

test("a chain of a thousand coroutines is shown whole", () => {
  virtual(function* () {
    const deep: (n: number) => Coroutine<void> = coroutine(function* deep(n: number): Coroutine<void> {
      if (n === 0) yield* sleep(100);
      else yield* deep(n - 1);
    });
    const task = createTask(deep(999));
    yield* sleep(1);
    assert.equal(task.getStack().length, 1000);
    yield* task;
  });
});

test("a task whose step is under way below another's has no stack to show, and is not harmed", () => {
  virtual(function* () {
    const outer = currentTask()!;
    let seen: CodePlace[] | null = null;
    createTask(
      (function* () {
        seen = outer.getStack();
      })(),
      { eagerStart: true },
    );
    assert.deepEqual(seen, []);
    yield* sleep(1);
  });
});

function printed(task: Task<unknown>): string {
  let text = "";
  task.printStack({
    write: (part) => {
      text += part;
    },
  });
  return text;
}

const byHand: Record<string, (future: Future<number>) => Partial<Iterator<Suspension, number>>> = {
  "without throw()": (future) => ({ next: () => future.next() }),
  "whose throw() takes the question for an error": (future) => ({
    next: () => future.next(),
    throw(error: unknown) {
      throw error;
    },
  }),
};

for (const [kind, iterator] of Object.entries(byHand)) {
  test(`who waits for an iterator ${kind} can't be asked, and fails with a word about that`, () => {
    virtual(function* () {
      const future = new Future<number>();
      const awaitable = { [Symbol.iterator]: () => iterator(future) } as Awaitable<number>;
      const outer = coroutine(function* outer() {
        return yield* awaitable;
      });
      const task = createTask(outer(), { name: "asked" });
      yield* sleep(1);
      assert.deepEqual(task.getStack(), []);
      assert.deepEqual(task.getStack(), []);
      future.setResult(42);
      const error = yield* failureOf(task);
      assert.match(String(error), /^RuntimeError: <Task pending name='asked' .*> could not be asked for its stack /);
      assert.match(
        String(error),
        / write it as a generator, `\*\[Symbol.iterator\]\(\) \{ return yield\* future; \}`$/,
      );
    });
  });
}

test("who waits for an iterator that passes throw() on, or for a generator, can be asked", () => {
  virtual(function* () {
    const future = new Future<number>();
    let asked = 0;
    const kinds: Awaitable<number>[] = [
      {
        [Symbol.iterator]: () => ({
          next: () => future.next(),
          throw(error) {
            const passed = future.throw(error);
            // Nor is it JavaScriptCore's to drop from the stack, as what ends by a call.
            asked++;
            return passed;
          },
        }),
      },
      {
        *[Symbol.iterator]() {
          return yield* future;
        },
      },
    ];
    const tasks = kinds.map((kind) => createTask(coroutine(() => kind)()));
    yield* sleep(1);
    for (const task of tasks) assert.notDeepEqual(task.getStack(), []);
    assert.equal(asked, 1);
    future.setResult(42);
    for (const task of tasks) assert.equal(yield* task, 42);
  });
});
