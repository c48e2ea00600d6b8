import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  type ExceptionContext,
  Future,
  from,
  getRunningLoop,
  HostEventLoop,
  RuntimeError,
  run,
  signal,
  sleep,
  type Task,
  TimeoutError,
  timeout,
} from "yieldfrom";
import { failureOf, virtual } from "../helpers.ts";

test("a cancel() aborts it at once, with a CancelledError that carries the message", () =>
  virtual(function* () {
    let own: AbortSignal | undefined;
    const task = createTask(
      (function* () {
        own = signal();
        yield* sleep(1000);
      })(),
    );
    yield* sleep(1);
    assert.equal(own!.aborted, false);
    task.cancel("enough");
    assert.equal(own!.aborted, true);
    assert.ok(own!.reason instanceof CancelledError);
    assert.equal(own!.reason.message, "enough");
    assert.equal(task.done(), false);
    yield* failureOf(task);
  }));

test("it is one signal per task", () =>
  virtual(function* () {
    const other = createTask(
      (function* () {
        return signal();
      })(),
    );
    assert.equal(signal(), signal());
    function* inside(): Coroutine<AbortSignal> {
      yield* sleep(0);
      return signal();
    }
    assert.equal(yield* inside(), signal());
    assert.notEqual(yield* other, signal());
  }));

test("a task that survives its cancellation asks for a fresh one", () =>
  virtual(function* () {
    const first = signal();
    const error = yield* failureOf(timeout(5, () => sleep(1000)));
    assert.ok(error instanceof TimeoutError);
    assert.equal(first.aborted, true);
    const second = signal();
    assert.notEqual(second, first);
    assert.equal(second.aborted, false);
    yield* failureOf(timeout(5, () => sleep(1000)));
    assert.equal(second.aborted, true);
  }));

test("it is aborted by a request that meets a wake-up, and by one of the task itself", () =>
  virtual(function* () {
    const future = new Future<void>();
    const signals: AbortSignal[] = [];
    const task = createTask(
      (function* () {
        signals.push(signal());
        yield* future;
      })(),
    );
    yield* sleep(0);
    future.setResult();
    task.cancel();
    assert.equal(signals[0]!.aborted, true);
    yield* failureOf(task);

    const itself = createTask(
      (function* () {
        signals.push(signal());
        currentTask()!.cancel("myself");
        // What is started now would outlive the task: the request is delivered at the next wait.
        signals.push(signal());
        yield* sleep(1);
      })(),
    );
    yield* failureOf(itself);
    assert.deepEqual(
      signals.slice(1).map(({ aborted, reason }) => [aborted, String(reason)]),
      [
        [true, "CancelledError: myself"],
        [true, "CancelledError: myself"],
      ],
    );
  }));

test("a task that ends otherwise does not abort it, nor does a cancel() that comes too late", () =>
  virtual(function* () {
    for (const fails of [false, true]) {
      let own: AbortSignal | undefined;
      const task: Task<void> = createTask(
        (function* () {
          own = signal();
          yield* sleep(1);
          if (fails) throw new Error("broken");
        })(),
      );
      if (fails) yield* failureOf(task);
      else yield* task;
      assert.equal(task.cancel(), false);
      assert.equal(own!.aborted, false);
    }
  }));

test("a listener finds the task cancelled, and may cancel it again", () =>
  virtual(function* () {
    const seen: number[] = [];
    const task = createTask(
      (function* () {
        signal().addEventListener("abort", () => {
          seen.push(task.cancelling());
          task.cancel();
        });
        yield* sleep(1000);
      })(),
    );
    yield* sleep(1);
    task.cancel("first");
    assert.equal(String(yield* failureOf(task)), "CancelledError: first");
    assert.deepEqual(seen, [1]);
    assert.equal(task.cancelling(), 2);
  }));

test("outside of a task there is none", () => {
  const message = "signal() was called outside of a task: call it in a coroutine that a task runs";
  const refuses = () => assert.throws(signal, (error) => error instanceof RuntimeError && error.message === message);
  refuses();
  virtual(function* () {
    getRunningLoop().callSoon(refuses);
    yield* sleep(1);
  });
});

test("an operation of the host that rejects because of it is no lost error", async () => {
  const reports: ExceptionContext[] = [];
  const loop = new HostEventLoop();
  loop.setExceptionHandler((_, context) => reports.push(context));
  const main = function* () {
    const task = createTask(
      (function* () {
        const own = signal();
        const operation = new Promise((_, reject) => own.addEventListener("abort", () => reject(own.reason)));
        yield* from(operation);
      })(),
    );
    yield* sleep(0);
    task.cancel();
    yield* failureOf(task);
    yield* from(new Promise<void>((resolve) => setImmediate(resolve)));
  };
  await run(main, { loop });
  assert.deepEqual(reports, []);
});
