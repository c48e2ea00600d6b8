import assert from "node:assert/strict";
import {
  type Coroutine,
  coroutine,
  createTask,
  Event,
  Future,
  gather,
  Queue,
  Semaphore,
  sleep,
  type Task,
  TimeoutError,
  timeout,
  wait,
} from "yieldfrom";
import type { Scene } from "./scene.ts";

const TEN_MILLION = 10_000_000;
/** In milliseconds. */
const HOUR = 3_600_000;
/** Tasks that are started together. */
const BATCH = 1000;
/** Tasks that do the same again and again. */
const WORKERS = 100;

function* plain(): Coroutine<number> {
  yield* sleep(0);
  return 1;
}

const wrapped = coroutine(function* wrapped(depth: number): Coroutine<number> {
  return depth === 0 ? yield* plain() : yield* wrapped(depth - 1);
});

const fails = coroutine(function* fails(): Coroutine<number> {
  yield* sleep(0);
  throw new RangeError("as it should");
});

/** `start(i)` for each of `count` tasks, a batch at a time; `meanwhile` is done while a batch is under way. */
function* inBatches(
  count: number,
  start: (index: number) => Task<unknown>,
  meanwhile: (batch: readonly Task<unknown>[]) => Coroutine<void>,
): Coroutine<void> {
  for (let done = 0; done < count; done += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, index) => start(index));
    yield* meanwhile(batch);
    yield* wait(batch);
  }
}

function* inWorkers(count: number, once: () => Coroutine<void>): Coroutine<void> {
  const worker = function* (): Coroutine<void> {
    for (let i = 0; i < count / WORKERS; i++) yield* once();
  };
  yield* gather(Array.from({ length: WORKERS }, () => createTask(worker())));
}

const tasks: Scene = {
  operations: TEN_MILLION,
  loop: "host",
  make: () => (count) =>
    inBatches(
      count,
      (i) => {
        if (i % 100 === 0) return createTask(fails());
        if (i % 100 === 1) return createTask(plain(), { name: `named ${i}`, eagerStart: true });
        if (i % 3 === 0) return createTask(wrapped(2));
        return i % 3 === 1 ? createTask(plain()) : createTask(sleep(0));
      },
      function* (batch) {
        for (const [i, task] of batch.entries()) {
          if (i % 100 !== 0) yield* task;
          else assert.equal(yield* caught(task), "RangeError: as it should");
        }
      },
    ),
};

function* caught(task: Task<unknown>): Coroutine<string> {
  try {
    yield* task;
  } catch (error) {
    return String(error);
  }
  return "nothing";
}

const timeouts: Scene = {
  operations: TEN_MILLION,
  loop: "host",
  make(loop) {
    // Cancelled timers must go though one that lives stands before them.
    loop.callLater(HOUR / 2, () => {});
    return function* (count) {
      yield* inWorkers(count, () => timeout(HOUR, () => sleep(0)));
      assert.ok(loop._timers.size <= 2 * WORKERS + 2, `${loop._timers.size} timers are kept`);
    };
  },
};

const expiredTimeouts: Scene = {
  operations: TEN_MILLION / 20,
  loop: "virtual",
  make() {
    const expires = coroutine(function* expires(): Coroutine<void> {
      let late = false;
      try {
        yield* timeout(1, () => sleep(5));
      } catch (error) {
        late = error instanceof TimeoutError;
      }
      assert.ok(late);
    });
    return (count) => inWorkers(count, expires);
  },
};

const cancels: Scene = {
  operations: TEN_MILLION,
  loop: "host",
  make(loop) {
    const event = new Event();
    const queue = new Queue<number>();
    const cleansUp = coroutine(function* cleansUp(): Coroutine<void> {
      try {
        yield* event.wait();
      } finally {
        yield* sleep(0);
      }
    });
    const never = function* (): Coroutine<unknown> {
      return yield* new Future();
    };
    const start = (i: number): Task<unknown> => {
      if (i % 5 === 0) return createTask(sleep(1e6));
      if (i % 5 === 1) return createTask(never());
      if (i % 5 === 2) return createTask(queue.get());
      return i % 5 === 3 ? createTask(event.wait()) : createTask(cleansUp());
    };
    return function* (count) {
      yield* inBatches(count, start, function* (batch) {
        // Ten are cancelled before their first step.
        for (const task of batch.slice(0, 10)) task.cancel();
        yield* sleep(0);
        for (const [i, task] of batch.entries()) task.cancel(i % 2 === 0 ? "enough" : undefined);
        yield* wait(batch);
        assert.ok(batch.every((task) => task.cancelled()));
      });
      assert.ok(loop._timers.size <= 101, `${loop._timers.size} timers are kept`);
    };
  },
};

const semaphoreWaits: Scene = {
  operations: TEN_MILLION,
  loop: "host",
  make() {
    const semaphore = new Semaphore(10);
    const hold = coroutine(function* hold(): Coroutine<void> {
      using _permit = yield* semaphore;
      yield* sleep(0);
    });
    return function* (count) {
      yield* inBatches(
        count,
        () => createTask(hold()),
        function* (batch) {
          // All but ten wait by then; a tenth is cancelled in the line, and twenty after they were woken.
          yield* sleep(0);
          for (let i = 0; i < BATCH; i += 10) batch[i]!.cancel();
          for (let round = 0; round < 20; round++) {
            yield* semaphore.acquire();
            semaphore.release();
            for (const task of batch.slice(BATCH / 2)) if (task._awaiting?.done()) task.cancel();
          }
        },
      );
      assert.equal(String(semaphore), "<Semaphore unlocked value=10>");
    };
  },
};

/** The longest first, as two are played at a time. */
export const engineScenes: Readonly<Record<string, Scene>> = {
  cancels,
  "semaphore waits": semaphoreWaits,
  tasks,
  timeouts,
  "expired timeouts": expiredTimeouts,
};
