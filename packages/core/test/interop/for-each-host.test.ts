/** `forEach` over what the host has: async generators and streams. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import {
  BREAK,
  CancelledError,
  createTask,
  type ExceptionContext,
  forEach,
  from,
  getRunningLoop,
  HostEventLoop,
  Runner,
  sleep,
  wait,
} from "yieldfrom";
import { stepsOfIterator, Walk } from "../../src/interop/walk.ts";
import { failureOf, quietly } from "../helpers.ts";

const broken = new Error("broken");

function hostTurn() {
  return from(new Promise<void>((resolve) => setImmediate(resolve)));
}

async function* numbers(log: string[], count: number): AsyncGenerator<number> {
  try {
    for (let i = 0; i < count; i++) {
      await null;
      yield i;
    }
  } finally {
    await null;
    log.push("closed");
  }
}

test("an async generator is gone through to its end, and closed when it is left early", () =>
  quietly(function* () {
    const log: string[] = [];
    const seen: number[] = [];
    yield* forEach(numbers(log, 3), (item) => seen.push(item));
    assert.deepEqual([seen, log], [[0, 1, 2], ["closed"]]);
    yield* forEach(numbers(log, 3), (item) => (item === 1 ? BREAK : undefined));
    assert.equal(log.length, 2);
    const error = yield* failureOf(
      forEach(numbers(log, 3), () => {
        throw broken;
      }),
    );
    assert.equal(error, broken);
    assert.equal(log.length, 3);
    const task = createTask(forEach(numbers(log, 3), () => sleep(10_000)));
    yield* hostTurn();
    task.cancel();
    assert.ok((yield* failureOf(task)) instanceof CancelledError);
    assert.equal(log.length, 4);
  }));

test("an async generator that waits for ever does not hold its task back", () =>
  quietly(function* () {
    async function* stuck(): AsyncGenerator<number> {
      await new Promise(() => {});
      yield 1;
    }
    const task = createTask(forEach(stuck(), () => {}));
    yield* hostTurn();
    task.cancel();
    assert.ok((yield* failureOf(task)) instanceof CancelledError);
  }));

/** A stream of what `pull` enqueues; `log` says how it was ended. */
function stream(log: string[], pull: (controller: ReadableStreamDefaultController<string>) => void, cancel = () => {}) {
  return new ReadableStream<string>({
    pull,
    async cancel() {
      await null;
      log.push("cancelled");
      cancel();
    },
  });
}

test("a stream is gone through to its end, and is free afterwards", () =>
  quietly(function* () {
    const seen: string[] = [];
    const whole = stream(seen, (controller) => {
      controller.enqueue("chunk");
      controller.close();
    });
    yield* forEach(whole, (chunk) => seen.push(chunk));
    assert.deepEqual(seen, ["chunk"]);
    assert.equal(whole.locked, false);
  }));

test("a stream that is left early is cancelled, and free afterwards", () =>
  quietly(function* () {
    const log: string[] = [];
    const endless = () => stream(log, (controller) => controller.enqueue("chunk"));
    const left = endless();
    yield* forEach(left, () => BREAK);
    assert.deepEqual(log, ["cancelled"]);
    assert.equal(left.locked, false);
    const error = yield* failureOf(
      forEach(endless(), () => {
        throw broken;
      }),
    );
    assert.equal(error, broken);
    assert.equal(log.length, 2);
    const task = createTask(forEach(endless(), () => sleep(10_000)));
    yield* hostTurn();
    task.cancel();
    assert.ok((yield* failureOf(task)) instanceof CancelledError);
    assert.equal(log.length, 3);
  }));

test("a stream whose chunk never comes is cancelled with its task, at once", () =>
  quietly(function* () {
    const log: string[] = [];
    const silent = stream(log, () => {});
    const task = createTask(forEach(silent, () => {}));
    yield* hostTurn();
    task.cancel();
    assert.ok((yield* failureOf(task)) instanceof CancelledError);
    assert.deepEqual(log, ["cancelled"]);
    assert.equal(silent.locked, false);
  }));

test("an error of a stream is thrown; one of its cancel() is thrown after BREAK; a locked one is refused", () =>
  quietly(function* () {
    const failing = stream([], (controller) => controller.error(broken));
    assert.equal(yield* failureOf(forEach(failing, () => {})), broken);
    assert.equal(failing.locked, false);
    const stubborn = stream(
      [],
      (controller) => controller.enqueue("chunk"),
      () => {
        throw broken;
      },
    );
    assert.equal(yield* failureOf(forEach(stubborn, () => BREAK)), broken);
    const locked = stream([], () => {});
    locked.getReader();
    assert.match(String(yield* failureOf(forEach(locked, () => {}))), /^TypeError.*lock/i);
  }));

test("a stream that is not iterable, as in some browsers, is read all the same", () =>
  quietly(function* () {
    const source = stream([], (controller) => {
      controller.enqueue("chunk");
      controller.close();
    });
    const seen: string[] = [];
    yield* forEach({ getReader: () => source.getReader() }, (chunk) => seen.push(chunk));
    assert.deepEqual(seen, ["chunk"]);
  }));

test("a stream of Node is gone through, and destroyed when it is left early", () =>
  quietly(function* () {
    const seen: string[] = [];
    yield* forEach<string, unknown>(Readable.from(["a", "b"]), (item) => seen.push(item));
    assert.deepEqual(seen, ["a", "b"]);
    const left = Readable.from(["a", "b"]);
    yield* forEach(left, () => BREAK);
    assert.equal(left.destroyed, true);
  }));

/** A loop that was stopped while `count` coroutines were in the midst of their iterators, and what it reported. */
async function stopped(...sources: AsyncIterable<number>[]) {
  const loop = new HostEventLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => reports.push(context));
  const tasks = sources.map((source) => loop.createTask(forEach(source, () => sleep(10_000))));
  await loop.runUntilComplete(
    (function* () {
      yield* hostTurn();
      yield* hostTurn();
    })(),
  );
  assert.equal(loop._openIterators.size, sources.length);
  return { loop, tasks, reports };
}

test("shutdownAsyncgens() closes what was left open, and waits for those that can be closed", async () => {
  const log: string[] = [];
  const asked: string[] = [];
  const never: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => {
        asked.push("return");
        return new Promise(() => {});
      },
    }),
  };
  const bare: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: 1 }) }),
  };
  const { loop, tasks, reports } = await stopped(numbers(log, 3), never, bare, numbers(log, 3));
  await loop.runUntilComplete(loop.shutdownAsyncgens());
  assert.deepEqual(log, ["closed", "closed"]);
  assert.deepEqual(asked, ["return"]);
  assert.equal(loop._openIterators.size, 0);
  await loop.runUntilComplete(loop.shutdownAsyncgens());
  for (const task of tasks) task.cancel();
  await loop.runUntilComplete(wait(tasks));
  loop.close();
  assert.deepEqual(reports, []);
});

test("shutdownAsyncgens(): errors go to the exception handler", async () => {
  async function* failing(): AsyncGenerator<number> {
    try {
      yield 1;
    } finally {
      await Promise.reject(broken);
    }
  }
  const log: string[] = [];
  const { loop, tasks, reports } = await stopped(failing(), numbers(log, 3));
  await loop.runUntilComplete(loop.shutdownAsyncgens());
  assert.deepEqual(reports, [
    { message: "exception in an iterator whose task stopped waiting for it", exception: broken },
  ]);
  assert.deepEqual(log, ["closed"]);
  for (const task of tasks) task.cancel();
  await loop.runUntilComplete(wait(tasks));
  loop.close();
});

test("a Runner closes what its tasks have left open, when they have ended and before the executor is shut down", async () => {
  const loop = new HostEventLoop();
  const log: string[] = [];
  loop.setDefaultExecutor({
    submit: () => assert.fail("nothing is submitted"),
    async shutdown() {
      log.push("executor");
    },
  });
  const runner = new Runner({ loop });
  await runner.run(function* () {
    createTask(
      (function* () {
        try {
          yield* sleep(10_000);
        } finally {
          log.push("task");
        }
      })(),
    );
    yield* new Walk(stepsOfIterator(numbers(log, 3))).next();
    assert.equal(getRunningLoop()._openIterators.size, 1);
  });
  await runner.close();
  assert.deepEqual(log, ["task", "closed", "executor"]);
});
