import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createTask,
  type EventLoop,
  type ExceptionContext,
  type Executor,
  type ExecutorFunction,
  type ExecutorFuture,
  executorFunction,
  getRunningLoop,
  HostEventLoop,
  run,
  setDefaultExecutorFactory,
  sleep,
  VirtualEventLoop,
} from "yieldfrom";
import { defaultExecutor } from "../../src/executor.ts";
import { virtual } from "../helpers.ts";

/** A job whose end the test decides. */
class Job implements ExecutorFuture<unknown> {
  readonly args: readonly unknown[];
  cancelCalls = 0;
  /** Once it runs it can't be taken back. */
  running = false;
  private _state: "open" | "done" | "cancelled" = "open";
  private _value: unknown;
  private _error: unknown = null;
  private readonly _callbacks: ((future: ExecutorFuture<unknown>) => void)[] = [];

  constructor(args: readonly unknown[]) {
    this.args = args;
  }
  succeed(value: unknown): void {
    this._value = value;
    this._end("done");
  }
  fail(error: unknown): void {
    this._error = error;
    this._end("done");
  }
  cancel(): boolean {
    this.cancelCalls++;
    if (this.running || this._state !== "open") return false;
    this._end("cancelled");
    return true;
  }
  cancelled(): boolean {
    return this._state === "cancelled";
  }
  done(): boolean {
    return this._state !== "open";
  }
  result(): unknown {
    return this._value;
  }
  exception(): unknown {
    return this._error;
  }
  addDoneCallback(callback: (future: ExecutorFuture<unknown>) => void): void {
    this._callbacks.push(callback);
  }
  private _end(state: "done" | "cancelled"): void {
    this._state = state;
    for (const callback of this._callbacks) callback(this);
  }
}

class FakeExecutor implements Executor {
  readonly jobs: Job[] = [];
  readonly shutdowns: unknown[] = [];
  /** What `shutdown()` gives; settled on the spot by default. */
  stopped: PromiseLike<void> = {
    // biome-ignore lint/suspicious/noThenProperty: being thenable is the point
    then(onResult) {
      onResult?.(undefined);
      return this as never;
    },
  };

  submit<A extends unknown[], R>(_fn: ExecutorFunction<A, R>, ...args: A): ExecutorFuture<Awaited<R>> {
    const job = new Job(args);
    this.jobs.push(job);
    return job as unknown as ExecutorFuture<Awaited<R>>;
  }
  shutdown(options?: { readonly wait?: boolean }): PromiseLike<void> {
    this.shutdowns.push(options?.wait);
    return this.stopped;
  }
}

const add: ExecutorFunction<[number, number], number> = Object.assign((a: number, b: number) => a + b, {
  [executorFunction]: true as const,
});

/** Runs `body` with a default executor, or with none, and puts back what was there. */
function withFactory(factory: (() => Executor) | null, body: () => void): void {
  const before = defaultExecutor.factory;
  defaultExecutor.factory = factory;
  try {
    body();
  } finally {
    defaultExecutor.factory = before;
  }
}

test("without a default executor the message says what to import or set", () => {
  withFactory(null, () => {
    const loop = new VirtualEventLoop();
    assert.throws(() => loop.runInExecutor(null, add, 1, 2), {
      name: "RuntimeError",
      message:
        'runInExecutor(null, …) has no default executor: write `import "@yieldfrom/executors"`, or set one with loop.setDefaultExecutor(…)',
    });
    loop.close();
  });
});

test("the default executor is made at its first use, once, and is shut down with the loop", () => {
  const made: FakeExecutor[] = [];
  const factory = () => {
    const executor = new FakeExecutor();
    made.push(executor);
    return executor;
  };
  withFactory(null, () => {
    setDefaultExecutorFactory(factory);
    const loop = new VirtualEventLoop();
    assert.equal(made.length, 0);
    loop.runInExecutor(null, add, 1, 2);
    loop.runInExecutor(null, add, 3, 4);
    assert.deepEqual(
      made.map(({ jobs }) => jobs.map(({ args }) => args)),
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    );
    loop.close();
    assert.deepEqual(made[0]!.shutdowns, [false], "closing a loop does not wait");
  });
});

test("a job is submitted at the call, and its result and error reach the future through the loop", () => {
  virtual(function* () {
    const executor = new FakeExecutor();
    const loop = getRunningLoop();
    const futures = [loop.runInExecutor(executor, add, 1, 2), loop.runInExecutor(executor, add, 3, 4)] as const;
    assert.equal(executor.jobs.length, 2, "submitted before anyone awaits");
    const failure = new Error("broken");
    executor.jobs[0]!.succeed(3);
    executor.jobs[1]!.fail(failure);
    assert.equal(futures[0].done(), false, "not from within the executor's callback");
    const sum: number = yield* futures[0];
    assert.equal(sum, 3);
    assert.equal(futures[1].exception(), failure);
  });
});

test("an executor that refuses the function lets its error through", () => {
  virtual(function* () {
    const refusal = new TypeError("a closure can't be sent");
    const executor = new FakeExecutor();
    executor.submit = () => {
      throw refusal;
    };
    assert.throws(
      () => getRunningLoop().runInExecutor(executor, add, 1, 2),
      (error) => error === refusal,
    );
    yield* sleep(0);
  });
});

test("cancelling the awaiting task cancels the job; a running one goes on and its result is dropped", () => {
  virtual(function* () {
    const executor = new FakeExecutor();
    const tasks = [0, 1].map(() =>
      createTask(
        (function* () {
          return yield* getRunningLoop().runInExecutor(executor, add, 1, 2);
        })(),
      ),
    );
    yield* sleep(0);
    const [queued, running] = executor.jobs as [Job, Job];
    running.running = true;
    for (const task of tasks) task.cancel();
    yield* sleep(1);
    assert.ok(tasks.every((task) => task.cancelled()));
    assert.deepEqual([queued.cancelled(), running.cancelled()], [true, false]);
    assert.deepEqual([queued.cancelCalls, running.cancelCalls], [1, 1]);
    running.succeed(3);
    yield* sleep(1);
  });
});

test("a job that the executor cancels cancels the future", () => {
  virtual(function* () {
    const executor = new FakeExecutor();
    const future = getRunningLoop().runInExecutor(executor, add, 1, 2);
    executor.jobs[0]!.cancel();
    yield* sleep(0);
    assert.equal(future.cancelled(), true);
  });
});

test("a result that comes when the loop is closed is dropped", () => {
  const loop = new VirtualEventLoop();
  const executor = new FakeExecutor();
  const future = loop.runInExecutor(executor, add, 1, 2);
  loop.close();
  executor.jobs[0]!.succeed(3);
  assert.equal(future.done(), false);
  assert.deepEqual(executor.shutdowns, [], "an executor that was passed in is its owner's");
});

test("setDefaultExecutor sets whom null means, and takes executors only", () => {
  const loop = new VirtualEventLoop();
  const executor = new FakeExecutor();
  loop.setDefaultExecutor(executor);
  loop.runInExecutor(null, add, 1, 2);
  assert.equal(executor.jobs.length, 1);
  for (const [value, shown] of [
    [{}, "[object Object]"],
    [null, "null"],
    [undefined, "undefined"],
  ] as const) {
    assert.throws(() => loop.setDefaultExecutor(value as never), {
      name: "TypeError",
      message: `Expected \`executor\` to be an Executor, got ${shown}`,
    });
  }
  loop.close();
  assert.deepEqual(executor.shutdowns, [false]);
});

/** A promise for the executor's end that the test settles. */
function controlled(): { promise: PromiseLike<void>; resolve: () => void; reject: (error: unknown) => void } {
  let [resolve, reject]: [() => void, (error: unknown) => void] = [() => {}, () => {}];
  const promise = {
    // biome-ignore lint/suspicious/noThenProperty: being thenable is the point
    then(onResult: () => void, onError: (error: unknown) => void) {
      [resolve, reject] = [onResult, onError];
    },
  };
  return {
    promise: promise as unknown as PromiseLike<void>,
    resolve: () => resolve(),
    reject: (error) => reject(error),
  };
}

test("shutdownDefaultExecutor waits for the executor's end, after which null is refused", () => {
  virtual(function* () {
    const loop = getRunningLoop();
    const executor = new FakeExecutor();
    const end = controlled();
    executor.stopped = end.promise;
    loop.setDefaultExecutor(executor);
    const task = createTask(loop.shutdownDefaultExecutor());
    yield* sleep(10);
    assert.deepEqual([task.done(), executor.shutdowns], [false, [true]]);
    end.resolve();
    yield* task;
    assert.throws(() => loop.runInExecutor(null, add, 1, 2), {
      name: "RuntimeError",
      message: "runInExecutor(null, …) after the default executor was shut down",
    });
    yield* loop.shutdownDefaultExecutor();
    assert.deepEqual(executor.shutdowns, [true], "once");
    assert.ok(loop.runInExecutor(new FakeExecutor(), add, 1, 2), "another executor may still be used");
  });
});

test("shutdownDefaultExecutor with none made has nothing to wait for, and passes an error on", () => {
  virtual(function* () {
    yield* getRunningLoop().shutdownDefaultExecutor();
  });
  const failure = new Error("a thread is stuck");
  assert.throws(
    () =>
      virtual(function* () {
        const executor = new FakeExecutor();
        const end = controlled();
        executor.stopped = end.promise;
        getRunningLoop().setDefaultExecutor(executor);
        getRunningLoop().callLater(1, () => end.reject(failure));
        yield* getRunningLoop().shutdownDefaultExecutor();
      }),
    (error) => error === failure,
  );
});

test("a shutdown that is cancelled while it waits lets go, whatever comes later", () => {
  virtual(function* () {
    const executor = new FakeExecutor();
    const end = controlled();
    executor.stopped = end.promise;
    getRunningLoop().setDefaultExecutor(executor);
    const task = createTask(getRunningLoop().shutdownDefaultExecutor());
    yield* sleep(1);
    task.cancel();
    yield* sleep(1);
    assert.equal(task.cancelled(), true);
    end.reject(new Error("too late"));
    yield* sleep(1);
  });
});

test("run() shuts the default executor down and waits, also when main fails", async () => {
  for (const fails of [false, true]) {
    const executor = new FakeExecutor();
    const reports: ExceptionContext[] = [];
    const loop: EventLoop = new HostEventLoop();
    loop.setExceptionHandler((_, context) => reports.push(context));
    const done = run(
      function* () {
        getRunningLoop().setDefaultExecutor(executor);
        yield* sleep(0);
        if (fails) throw new Error("broken");
      },
      { loop },
    );
    if (fails) await assert.rejects(done, { message: "broken" });
    else await done;
    assert.deepEqual(executor.shutdowns, [true]);
    assert.equal(loop.isClosed(), true);
    assert.deepEqual(reports, []);
  }
});

test("an executor that fails to shut down is reported, and run() keeps main's outcome", async () => {
  const executor = new FakeExecutor();
  executor.stopped = {
    // biome-ignore lint/suspicious/noThenProperty: being thenable is the point
    then(_, onError) {
      onError?.(new Error("a thread is stuck"));
      return this as never;
    },
  };
  const reports: ExceptionContext[] = [];
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, context) => reports.push(context));
  loop.setDefaultExecutor(executor);
  assert.equal(await run(() => sleep(1, "outcome"), { loop }), "outcome");
  assert.deepEqual(
    reports.map(({ message, exception }) => [message, (exception as Error).message]),
    [["a run could not be cleaned up", "a thread is stuck"]],
  );
});
