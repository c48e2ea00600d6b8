import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Awaitable,
  allTasks,
  CancelledError,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  DeadlockError,
  type ExceptionContext,
  Future,
  getRunningLoop,
  HostEventLoop,
  Runner,
  run,
  sleep,
  VirtualEventLoop,
} from "yieldfrom";
import { turn } from "./helpers.ts";

const failure = new Error("broken");

/** A loop whose reports are collected. */
function listening<L extends HostEventLoop | VirtualEventLoop>(loop: L): { loop: L; reports: ExceptionContext[] } {
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  return { loop, reports };
}

const mains: Record<string, () => Awaitable<number> | (() => Awaitable<number>)> = {
  "a coroutine function": () =>
    function* () {
      yield* sleep(0);
      return 5;
    },
  "a coroutine()": () =>
    coroutine(function* () {
      yield* sleep(0);
      return 5;
    }),
  "a coroutine": () =>
    (function* () {
      yield* sleep(0);
      return 5;
    })(),
  "a lazy awaitable": () => sleep(1, 5),
  "a function that returns a lazy awaitable": () => () => sleep(1, 5),
  "a function that makes a future on the running loop": () => () => {
    const future = new Future<number>();
    getRunningLoop().callLater(1, () => future.setResult(5));
    return future;
  },
  "a function that makes a task": () => () => createTask(sleep(1, 5)),
};

for (const [name, make] of Object.entries(mains)) {
  test(`main may be ${name}`, async () => {
    const { loop, reports } = listening(new HostEventLoop());
    assert.equal(await run(make(), { loop }), 5);
    assert.equal(loop.isClosed(), true);
    assert.deepEqual(reports, []);
  });
}

test("main's error is the run's, the very same, and reported to nobody else", async () => {
  const { loop, reports } = listening(new HostEventLoop());
  await assert.rejects(
    run(
      function* () {
        yield* sleep(0);
        throw failure;
      },
      { loop },
    ),
    (error) => error === failure,
  );
  assert.deepEqual([loop.isClosed(), reports], [true, []]);
});

test("a function that throws at once, and what is no main, reject", async () => {
  await assert.rejects(
    run(() => {
      throw failure;
    }),
    (error) => error === failure,
  );
  const { loop } = listening(new HostEventLoop());
  await assert.rejects(run(5 as never, { loop }), { name: "TypeError", message: /^Expected a coroutine/ });
  assert.equal(loop.isClosed(), true);
  await assert.rejects(
    run(() => 5 as never),
    TypeError,
  );
});

test("main is a task, the first and current one", async () => {
  await run(function* () {
    assert.deepEqual([...allTasks()], [currentTask()]);
    yield* sleep(0);
  });
});

test("what main leaves behind is cancelled, and its clean-up is waited for", async () => {
  const { loop, reports } = listening(new HostEventLoop());
  const log: string[] = [];
  const leftover = coroutine(function* leftover(name: string, ms: number) {
    try {
      yield* sleep(10_000);
    } finally {
      yield* sleep(ms);
      log.push(name);
    }
  });
  const result = await run(
    function* () {
      createTask(leftover("slow", 3));
      createTask(leftover("quick", 0));
      createTask(leftover("never began", 0));
      yield* sleep(1);
      log.push("main");
      return "outcome";
    },
    { loop },
  );
  assert.equal(result, "outcome");
  assert.deepEqual(log.toSorted(), ["main", "never began", "quick", "slow"]);
  assert.deepEqual(reports, []);
});

test("leftovers are cancelled and waited for when main fails, too", async () => {
  const { loop, reports } = listening(new HostEventLoop());
  let cleanedUp = false;
  await assert.rejects(
    run(
      function* () {
        createTask(
          (function* () {
            try {
              yield* sleep(10_000);
            } finally {
              yield* sleep(1);
              cleanedUp = true;
            }
          })(),
        );
        yield* sleep(0);
        throw failure;
      },
      { loop },
    ),
    (error) => error === failure,
  );
  assert.deepEqual([cleanedUp, reports], [true, []]);
});

test("a leftover that fails while it cleans up is reported, with its task; one that refuses quietly is not", async () => {
  const { loop, reports } = listening(new HostEventLoop());
  await run(
    function* () {
      createTask(
        (function* () {
          try {
            yield* sleep(10_000);
          } finally {
            // biome-ignore lint/correctness/noUnsafeFinally: a clean-up that fails is what is tested
            throw failure;
          }
        })(),
        { name: "careless" },
      );
      createTask(
        (function* () {
          try {
            yield* sleep(10_000);
          } catch {}
          return "refused";
        })(),
      );
      yield* sleep(0);
    },
    { loop },
  );
  assert.deepEqual(
    reports.map(({ message, exception, task }) => [message, exception, String(task)]),
    [
      [
        "unhandled exception while a run was cleaned up",
        failure,
        `<Task finished name='careless' coro=<coroutine> exception=Error("broken")>`,
      ],
    ],
  );
});

test("a task that a clean-up starts is not cancelled again, and reported if it is left", async () => {
  const { loop, reports } = listening(new HostEventLoop());
  await run(
    function* () {
      createTask(
        (function* () {
          try {
            yield* sleep(10_000);
          } finally {
            createTask(sleep(10_000), { name: "late child" });
          }
        })(),
      );
      yield* sleep(0);
    },
    { loop },
  );
  assert.equal(reports.length, 1);
  assert.match(reports[0]!.message, /^Task was destroyed but it is pending: Task 'late child'/);
});

test("a deadlock rejects the run, and what waits is cancelled with the clean-up it wants", async () => {
  const { loop, reports } = listening(new VirtualEventLoop());
  let cleanedUp = false;
  await assert.rejects(
    run(
      function* () {
        try {
          yield* new Future();
        } finally {
          yield* sleep(1);
          cleanedUp = true;
        }
      },
      { loop },
    ),
    DeadlockError,
  );
  assert.deepEqual([cleanedUp, loop.isClosed(), reports], [true, true, []]);
});

test("a leftover that refuses and waits for ever does not keep the run: it is reported, and the outcome kept", async () => {
  const { loop, reports } = listening(new VirtualEventLoop());
  const result = await run(
    function* () {
      createTask(
        (function* () {
          try {
            yield* sleep(10_000);
          } catch {}
          yield* new Future();
        })(),
        { name: "stubborn" },
      );
      yield* sleep(0);
      return "outcome";
    },
    { loop },
  );
  assert.equal(result, "outcome");
  assert.equal(loop.isClosed(), true);
  assert.equal(reports[0]!.message, "a run could not be cleaned up");
  assert.ok(reports[0]!.exception instanceof DeadlockError);
  assert.match(String(reports[0]!.exception), /<Task cancelling name='stubborn'/);
  assert.match(reports[1]!.message, /^Task was destroyed but it is pending: Task 'stubborn'/);
  assert.equal(reports.length, 2);
});

test("a run on a virtual loop takes no time", async () => {
  const loop = new VirtualEventLoop();
  assert.equal(await run(() => sleep(86_400_000, "a day"), { loop }), "a day");
  assert.equal(loop.time(), 86_400_000);
});

test("a run may be started within another", async () => {
  const text = await run(function* () {
    const outer = getRunningLoop();
    const inner = run(function* () {
      assert.notEqual(getRunningLoop(), outer);
      yield* sleep(1);
      return "inner";
    });
    const future = new Future<string>();
    void inner.then((value) => future.setResult(value));
    return yield* future;
  });
  assert.equal(text, "inner");
});

test("a Runner's runs share a loop: what one leaves goes on in the next, until close", async () => {
  const runner = new Runner();
  const log: string[] = [];
  function* background(): Coroutine<void> {
    try {
      for (;;) {
        log.push("works");
        yield* sleep(0);
      }
    } finally {
      log.push("stops");
    }
  }
  await runner.run(function* () {
    createTask(background());
    yield* sleep(0);
  });
  const before = log.length;
  assert.equal(await runner.run(() => sleep(1, "second")), "second");
  assert.ok(log.length > before);
  assert.equal(log.includes("stops"), false);
  const loop = runner.getLoop();
  await runner.close();
  await runner.close();
  assert.equal(log.at(-1), "stops");
  assert.equal(loop.isClosed(), true);
});

test("a Runner that is closed says so, and one that was never used closes without a loop", async () => {
  const runner = new Runner();
  await runner.close();
  const message = "this Runner is closed; make a new one";
  assert.throws(() => runner.getLoop(), { name: "RuntimeError", message });
  await assert.rejects(
    runner.run(() => sleep(1)),
    { name: "RuntimeError", message },
  );
});

test("await using closes a Runner, after an error as well", async () => {
  let loop: HostEventLoop | undefined;
  await assert.rejects(
    (async () => {
      await using runner = new Runner();
      loop = runner.getLoop() as HostEventLoop;
      await runner.run(function* () {
        yield* sleep(0);
        throw failure;
      });
    })(),
    (error) => error === failure,
  );
  assert.equal(loop?.isClosed(), true);
});

test("a Runner whose loop was closed meanwhile closes quietly", async () => {
  const runner = new Runner();
  await runner.run(() => sleep(1));
  runner.getLoop().close();
  await runner.close();
});

test("a Runner runs one main at a time; the second is refused and not started", async () => {
  const runner = new Runner();
  let started = false;
  const first = runner.run(() => sleep(3, "first"));
  await assert.rejects(
    runner.run(function* () {
      started = true;
      yield* sleep(0);
    }),
    { name: "RuntimeError", message: /is running already/ },
  );
  assert.equal(await first, "first");
  await runner.close();
  assert.equal(started, false);
});

test("main cancelled by one of its own tasks rejects with the CancelledError", async () => {
  await assert.rejects(
    run(function* () {
      const main = currentTask()!;
      getRunningLoop().callSoon(() => void main.cancel("by a task"));
      yield* sleep(1000);
    }),
    (error) => error instanceof CancelledError && error.message === "by a task",
  );
});

test("with handleSigint: false nobody listens for Ctrl-C", async () => {
  await turn();
  const counts: number[] = [];
  const main = function* () {
    counts.push(process.listenerCount("SIGINT"));
    yield* sleep(0);
  };
  await run(main, { handleSigint: false });
  await run(main);
  assert.deepEqual(counts, [0, 1]);
  await turn();
  assert.equal(process.listenerCount("SIGINT"), 0, "a turn later");
});

test("main of another kind is refused by what it is, and what it returns too", async () => {
  const promise = Promise.resolve();
  const refused: readonly (readonly [unknown, string])[] = [
    [promise, " for run(), got [object Promise]: wrap it, as in from(promise)"],
    [undefined, " for run(), got undefined"],
    [() => promise, " from the function given to run(), got [object Promise]: wrap it, as in from(promise)"],
    [() => sleep, " from the function given to run(), got [function sleep]: call it, as in sleep()"],
    [() => 1, " from the function given to run(), got 1"],
  ];
  for (const [main, got] of refused) {
    await assert.rejects(run(main as never), {
      name: "TypeError",
      message: `Expected a coroutine, a Future or another awaitable${got}`,
    });
  }
});
