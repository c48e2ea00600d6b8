import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  CancelledError,
  coroutine,
  createTask,
  currentTask,
  Future,
  from,
  gather,
  getRunningLoop,
  run,
  signal,
  sleep,
  Task,
  VirtualEventLoop,
  wait,
} from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";
import { place } from "../place.ts";

const failure = new Error("broken");

const workPlace = place(1);
const work = coroutine(function* work(future: Future<number>) {
  return yield* future;
});

function* plain(): Generator<never, number> {
  return 42;
}

test("names count up from one, and can be given and changed", () => {
  virtual(function* () {
    const tasks = [createTask(sleep(0)), createTask(sleep(0)), createTask(sleep(0), { name: "mine" })];
    const [first, second] = tasks.map((task) => /^Task-(\d+)$/.exec(task.getName())?.[1]);
    assert.equal(Number(second) - Number(first), 1);
    assert.equal(tasks[2]!.getName(), "mine");
    tasks[2]!.setName("yours");
    assert.equal(tasks[2]!.getName(), "yours");
    tasks[2]!.setName(7 as never);
    assert.equal(tasks[2]!.getName(), "7");
    yield* tasks[2]!;
  });
});

test("a pending task is printed with its name, coroutine and place, and what it waits for", () => {
  virtual(function* () {
    const future = new Future<number>();
    const task = createTask(work(future), { name: "worker" });
    assert.equal(String(task), `<Task pending name='worker' coro=<work() at ${workPlace}>>`);
    yield* sleep(0);
    assert.equal(String(task), `<Task pending name='worker' coro=<work() at ${workPlace}> wait_for=<Future pending>>`);
    const outer = createTask(awaits(task), { name: "outer" });
    yield* sleep(0);
    assert.equal(
      String(outer),
      `<Task pending name='outer' coro=<coroutine> wait_for=<Task pending name='worker' coro=<work() at ${workPlace}> wait_for=<Future pending>>>`,
    );
    assert.equal(inspect(task), String(task));
    future.setResult(1);
    yield* outer;
  });
});

function* awaits(task: Task<number>) {
  return yield* task;
}

test("a done task is printed with its outcome", () => {
  virtual(function* () {
    const [good, bad, cancelled] = [new Future<number>(), new Future<number>(), new Future<number>()];
    const tasks = [good, bad, cancelled].map((future, i) => createTask(work(future), { name: `${i}` }));
    yield* sleep(0);
    good.setResult(42);
    bad.setException(failure);
    tasks[2]!.cancel();
    yield* sleep(1);
    assert.deepEqual(tasks.map(String), [
      `<Task finished name='0' coro=<work() at ${workPlace}> result=42>`,
      `<Task finished name='1' coro=<work() at ${workPlace}> exception=Error("broken")>`,
      `<Task cancelled name='2' coro=<work() at ${workPlace}>>`,
    ]);
    tasks[1]!.exception();
  });
});

test("a task made of a lazy awaitable is printed by what it does", () => {
  virtual(function* () {
    const task = createTask(sleep(10), { name: "w" });
    assert.equal(String(task), "<Task pending name='w' coro=<sleep(10)>>");
    yield* task;
  });
});

test("an outcome with spaces is printed as it is", () => {
  virtual(function* () {
    const future = new Future<string>();
    const task = createTask(
      (function* () {
        return yield* future;
      })(),
      { name: "w" },
    );
    future.setResult("two  words ");
    yield* task;
    assert.equal(String(task), `<Task finished name='w' coro=<coroutine> result="two  words ">`);
  });
});

test("the spinner of the seed is printed as the design shows it", () => {
  const at = place(1);
  const spin = coroutine(function* (_message: string) {
    yield* sleep(100);
  });
  virtual(function* () {
    const spinner = createTask(spin("thinking!"));
    assert.equal(String(spinner), `<Task pending name='${spinner.getName()}' coro=<spin() at ${at}>>`);
    spinner.cancel();
    yield* sleep(0);
  });
});

test("a task asked to stop before it can be told is printed as cancelling", () => {
  virtual(function* () {
    const task = createTask(work(new Future()), { name: "w" });
    task.cancel();
    assert.equal(String(task), `<Task cancelling name='w' coro=<work() at ${workPlace}>>`);
    yield* sleep(0);
    assert.equal(String(task), `<Task cancelled name='w' coro=<work() at ${workPlace}>>`);
  });
});

test("a task that cleans up after a cancellation is printed as cancelling", () => {
  virtual(function* () {
    const task = createTask(
      (function* () {
        try {
          yield* sleep(1000);
        } finally {
          yield* sleep(10);
        }
      })(),
      { name: "w" },
    );
    yield* sleep(1);
    task.cancel();
    yield* sleep(1);
    assert.equal(String(task), "<Task cancelling name='w' coro=<coroutine> wait_for=<Future pending>>");
    yield* sleep(20);
  });
});

test("a task's outcome is its coroutine's: it can't be set", () => {
  virtual(function* () {
    const task = createTask(work(new Future()), { name: "w" });
    const shown = `<Task pending name='w' coro=<work() at ${workPlace}>>`;
    assert.throws(() => task.setResult(1), {
      name: "RuntimeError",
      message: `${shown}: a task's result is what its coroutine returns; it can't be set`,
    });
    assert.throws(() => task.setException(failure), {
      name: "RuntimeError",
      message: `${shown}: a task's error is what its coroutine throws; use cancel() to stop it`,
    });
    assert.equal(task.done(), false);
    task.cancel();
    yield* sleep(0);
  });
});

test("getCoro gives the coroutine it drives", () => {
  virtual(function* () {
    const coro = plain();
    const task = createTask(coro);
    assert.equal(task.getCoro(), coro);
    assert.equal(yield* task, 42);
  });
});

test("new Task() makes the same as createTask", () => {
  const loop = new VirtualEventLoop();
  const task = new Task(plain(), { loop, name: "by hand" });
  assert.ok(task instanceof Future);
  assert.equal(task.getLoop(), loop);
  assert.equal(loop.runUntilComplete(task), 42);
  assert.throws(() => new Task(plain()), { name: "RuntimeError", message: /^new Task\(\) needs an event loop/ });
  loop.close();
});

test("a task returns, throws and is cancelled with what its coroutine returns and throws", () => {
  virtual(function* () {
    const value = { a: 1 };
    const outcomes = [
      createTask(
        (function* () {
          return value;
        })(),
      ),
      createTask(
        (function* () {
          throw failure;
        })(),
      ),
      createTask(
        (function* () {
          throw undefined;
        })(),
      ),
    ];
    yield* sleep(0);
    assert.equal(outcomes[0]!.result(), value);
    assert.equal(outcomes[1]!.exception(), failure);
    assert.equal(outcomes[2]!.exception(), undefined);
    assert.equal(outcomes[2]!.cancelled(), false);
  });
});

test("a task that awaits itself is told so", () => {
  virtual(function* () {
    let own: Task<void> | null = null;
    const task: Task<void> = createTask(
      (function* () {
        yield* own!;
      })(),
      { name: "snake" },
    );
    own = task;
    yield* sleep(1);
    const error = task.exception() as Error;
    assert.equal(error.name, "RuntimeError");
    assert.equal(error.message, "<Task pending name='snake' coro=<coroutine>> can't await itself");
  });
});

test("a cycle of tasks is a deadlock that names them", () => {
  const loop = new VirtualEventLoop();
  loop.setExceptionHandler(() => {});
  const tasks: Task<void>[] = [];
  for (const i of [0, 1]) {
    tasks.push(
      loop.createTask(
        (function* () {
          yield* tasks[1 - i]!;
        })(),
        { name: `knot${i}` },
      ),
    );
  }
  assert.throws(() => loop.runUntilComplete(tasks[0]!), { name: "DeadlockError", message: /knot0[\s\S]*knot1/ });
  loop.close();
});

test("a long chain of tasks is a deadlock that can be printed", () => {
  const loop = new VirtualEventLoop();
  loop.setExceptionHandler(() => {});
  let last: Future<number> = loop.createFuture();
  for (let i = 0; i < 20_000; i++) last = loop.createTask(work(last));
  assert.throws(() => loop.runUntilComplete(last), { name: "DeadlockError" });
  loop.close();
});

test("cancelling a cycle of tasks ends all of them, the one whose wait closes the circle first", () => {
  const ended: string[] = [];
  virtual(function* () {
    const tasks: Task<void>[] = [];
    for (const i of [0, 1, 2]) {
      tasks.push(
        createTask(
          (function* () {
            yield* tasks[(i + 1) % 3]!;
          })(),
          { name: `knot${i}` },
        ),
      );
      tasks[i]!.addDoneCallback((task) => ended.push(`${task}`));
    }
    yield* sleep(0);
    assert.equal(tasks[1]!.cancel("untie"), true);
    assert.deepEqual(
      tasks.map((task) => task.cancelling()),
      [1, 1, 1],
    );
    yield* wait(tasks);
    assert.equal((yield* failureOf(tasks[2]!)) instanceof CancelledError, true);
  });
  assert.deepEqual(
    ended.map((text) => text.slice(0, 29)),
    ["<Task cancelled name='knot0' ", "<Task cancelled name='knot2' ", "<Task cancelled name='knot1' "],
  );
});

for (const first of ["gathers", "awaits"] as const) {
  test(`cancelling a circle through a gather ends all of it, begun with the one that ${first}`, () => {
    virtual(function* () {
      const tasks: { [name in "gathers" | "awaits"]?: Task<unknown> } = {};
      tasks.gathers = createTask(
        (function* () {
          yield* gather([sleep(1000), tasks.awaits!]);
        })(),
      );
      tasks.awaits = createTask(
        (function* () {
          yield* tasks.gathers!;
        })(),
      );
      yield* sleep(0);
      assert.equal(tasks[first]!.cancel(), true);
      yield* wait(Object.values(tasks));
      assert.equal(getRunningLoop().time(), 0);
      for (const task of Object.values(tasks)) assert.equal(task.cancelled(), true);
    });
  });
}

test("cancelling a circle of tasks of a class with a cancel() of its own ends all of it", () => {
  class Mine<T> extends Task<T> {
    override cancel(message?: string): boolean {
      return super.cancel(`${message} by its own`);
    }
  }
  virtual(function* () {
    const loop = getRunningLoop();
    const tasks: Task<void>[] = [];
    for (const i of [0, 1, 2]) {
      const circle = (function* () {
        yield* tasks[(i + 1) % 3]!;
      })();
      tasks.push(new Mine(circle, { loop }));
    }
    yield* sleep(0);
    tasks[0]!.cancel("untie");
    yield* wait(tasks);
    assert.deepEqual(
      tasks.map((task) => task.cancelled()),
      [true, true, true],
    );
  });
});

test("a listener that cancels a task again, from whose cancellation it was called, closes no circle", () => {
  virtual(function* () {
    const trace: string[] = [];
    const child = createTask(
      (function* () {
        signal().addEventListener("abort", () => trace.push(`again: ${main.cancel()}`));
        try {
          yield* sleep(1000);
        } finally {
          yield* sleep(5);
          trace.push("child ended");
        }
      })(),
    );
    const main: Task<void> = createTask(
      (function* () {
        try {
          yield* gather([child]);
        } finally {
          trace.push("main ended");
        }
      })(),
    );
    yield* sleep(1);
    main.cancel();
    yield* wait([main]);
    assert.deepEqual(trace, ["again: true", "child ended", "main ended"]);
  });
});

test("a chain of tasks that is longer than the stack is deep can be cancelled", () => {
  virtual(function* () {
    let last: Task<number> = createTask(sleep(1000, 1));
    for (let i = 0; i < 20_000; i++) last = createTask(work(last));
    yield* sleep(1);
    last.cancel("enough");
    const error = yield* failureOf(last);
    assert.ok(error instanceof CancelledError);
    assert.equal(error.message, "enough");
  });
});

test("a task made in a callback or by another thread's message runs as any", async () => {
  const result = await run(function* () {
    const future = new Future<Task<number>>();
    const loop = future.getLoop();
    yield* from(Promise.resolve());
    loop.callSoon(() => {
      assert.equal(currentTask(), null);
      future.setResult(createTask(plain()));
    });
    return yield* yield* future;
  });
  assert.equal(result, 42);
});

test("a future that was asked by hand, and not waited for, neither keeps the task nor wakes it", () =>
  virtual(function* () {
    const futures = [new Future<void>(), new Future<void>()];
    const steps: string[] = [];
    const task = createTask(
      (function* () {
        for (const future of futures) future.next();
        steps.push("asked");
        yield* sleep(0);
        for (const future of futures) assert.equal(future._waiters, undefined);
        futures[0]!.next();
        steps.push("went on");
      })(),
    );
    yield* task;
    assert.equal(futures[0]!._waiters, undefined, "nor does one that has ended");
    for (const future of futures) future.setResult();
    yield* sleep(0);
    assert.deepEqual(steps, ["asked", "went on"]);
  }));
