import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import {
  type Awaitable,
  asCompleted,
  Barrier,
  Condition,
  type Coroutine,
  coroutine,
  createTask,
  Event,
  FIRST_COMPLETED,
  Future,
  from,
  gather,
  Lock,
  Queue,
  run,
  Semaphore,
  shield,
  sleep,
  TimeoutError,
  timeout,
  wait,
  waitFor,
} from "yieldfrom";
import { turn } from "../helpers.ts";
import type { Scene } from "./scene.ts";

const MILLION = 1_000_000;

/** Whether it ran out of time. */
const tooLate = coroutine(function* tooLate(body: () => Awaitable<unknown>): Coroutine<boolean> {
  try {
    yield* timeout(1, body);
  } catch (error) {
    if (error instanceof TimeoutError) return true;
    throw error;
  }
  return false;
});

const waitsWithTimeouts: Scene = {
  operations: MILLION / 2,
  loop: "virtual",
  make() {
    const empty = new Queue<number>();
    const full = new Queue<number>(1);
    full.putNowait(1);
    const [event, condition, lock, semaphore, barrier] = [
      new Event(),
      new Condition(),
      new Lock(),
      new Semaphore(0),
      new Barrier(2),
    ];
    const notified = function* (): Coroutine<void> {
      using _held = yield* condition;
      yield* condition.wait();
    };
    const waits: (() => Awaitable<unknown>)[] = [
      () => empty.get(),
      () => full.put(2),
      () => full.join(),
      () => event.wait(),
      () => notified(),
      () => lock,
      () => semaphore.acquire(),
      () => barrier,
    ];
    return function* (count) {
      if (!lock.locked()) yield* lock.acquire();
      for (let done = 0; done < count; done += waits.length) {
        for (const late of yield* gather(waits.map(tooLate))) assert.ok(late);
      }
      const left = [empty, full, event, condition, lock, semaphore, barrier].join();
      assert.doesNotMatch(left, /ters=[1-9]/);
    };
  },
};

const wrapped = coroutine(function* wrapped(): Coroutine<void> {
  yield* sleep(0);
});

/** The coroutines are made before any of them is started, and the loop never pauses. */
const gathered: Scene = {
  operations: MILLION,
  loop: "virtual",
  make: () =>
    function* (count) {
      for (let done = 0; done < count; done += 10) yield* gather(Array.from({ length: 10 }, wrapped));
    },
};

const fails = coroutine(function* fails(): Coroutine<void> {
  yield* sleep(0);
  throw new RangeError("as it should");
});

/** Whatever waits for a future for a while leaves nothing on it. */
function besideLongLived(operations: number, once: (longLived: Future<void>) => Coroutine<void>): Scene {
  return {
    operations,
    loop: "virtual",
    make() {
      const longLived = new Future<void>();
      return function* (count) {
        for (let done = 0; done < count; done++) yield* once(longLived);
        const waiters = longLived._waiters;
        const left = Array.isArray(waiters) ? waiters.length : waiters === undefined ? 0 : 1;
        // A failure of what was once shielded or gathered would still be looked at, once.
        assert.ok(left <= 1, `${left} callbacks are left on it`);
      };
    },
  };
}

const waitBeside = besideLongLived(MILLION, function* (longLived) {
  const [done, pending] = yield* wait([longLived, createTask(sleep(0))], { returnWhen: FIRST_COMPLETED });
  assert.deepEqual([done.size, pending.size], [1, 1]);
});

const waitTimeoutBeside = besideLongLived(MILLION / 2, function* (longLived) {
  const [done] = yield* wait([longLived], { timeout: 1 });
  assert.equal(done.size, 0);
});

const completedBeside = besideLongLived(MILLION / 2, function* (longLived) {
  for (const next of asCompleted([longLived, sleep(0)])) {
    yield* next;
    break;
  }
});

const shieldBeside = besideLongLived(MILLION / 4, function* (longLived) {
  assert.ok(yield* tooLate(() => shield(longLived)));
});

const gatherBeside = besideLongLived(MILLION / 5, function* (longLived) {
  try {
    yield* gather([longLived, fails()]);
  } catch (error) {
    assert.ok(error instanceof RangeError);
  }
});

/** Promises of futures that are dropped pending, and of those that get done. */
const thenables: Scene = {
  operations: MILLION,
  loop: "host",
  allowed: 2 ** 21,
  make: () =>
    function* (count) {
      for (let done = 0; done < count; done += 100) {
        const futures = Array.from({ length: 100 }, () => new Future<number>());
        const promise = Promise.all(futures.slice(50));
        void Promise.race(futures);
        yield* sleep(0);
        for (const future of futures.slice(50)) future.setResult(1);
        yield* from(promise);
      }
    },
};

/** Operations that listen to the signal they are given, half of which are cancelled. */
const abortable: Scene = {
  operations: MILLION / 2,
  loop: "host",
  make() {
    const operation = (signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        setImmediate(resolve);
      });
    return function* (count) {
      for (let done = 0; done < count; done += 100) {
        const tasks = Array.from({ length: 100 }, () => createTask(from(operation)));
        yield* sleep(0);
        for (const task of tasks.slice(50)) task.cancel();
        yield* wait(tasks);
        assert.equal(tasks.filter((task) => task.cancelled()).length, 50);
      }
    };
  },
};

/** Runs that all listen to one signal, and to Ctrl-C. */
const signalled: Scene = {
  operations: MILLION / 10,
  loop: "host",
  make() {
    const { signal } = new AbortController();
    const own = function* (): Coroutine<void> {
      yield* waitFor(sleep(0), 1000);
      yield* from(async (its) => its.addEventListener("abort", () => {}));
    };
    const before = process.listenerCount("SIGINT");
    return function* (count) {
      for (let done = 0; done < count; done += 10) {
        yield* from(Promise.all(Array.from({ length: 10 }, () => run(own, { signal }))));
      }
      assert.equal(getEventListeners(signal, "abort").length, 0);
      yield* from(turn());
      assert.equal(process.listenerCount("SIGINT"), before);
    };
  },
};

export const waitScenes: Readonly<Record<string, Scene>> = {
  "waits with timeouts": waitsWithTimeouts,
  "coroutines gathered": gathered,
  "wait beside a long-lived future": waitBeside,
  "wait with a timeout for a long-lived future": waitTimeoutBeside,
  "asCompleted, left early, of a long-lived future": completedBeside,
  "shield of a long-lived future": shieldBeside,
  "gather, failed, of a long-lived future": gatherBeside,
  "promises of futures": thenables,
  "abortable operations": abortable,
  "runs with one signal": signalled,
};
