/** Effect's side of the rows. Its children are made by `Effect.fnUntraced`, its cheapest way to write a function. */
import { Deferred, Effect, Fiber, Latch, Queue, Semaphore } from "effect";
import { type Absent, total, type Work } from "../row.ts";

const identity = Effect.fnUntraced(function* (value: number) {
  return value;
});

const yielder = Effect.fnUntraced(function* (times: number) {
  let count = 0;
  for (; count < times; count++) yield* Effect.yieldNow;
  return count;
});

const ALL = { concurrency: "unbounded" } as const;
const TASKS = 1000;
const CONTENDERS = 100;

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

const calls: Work = (count) =>
  Effect.runPromise(
    Effect.gen(function* () {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += yield* identity(i);
      return sum;
    }),
  );

const link: (depth: number, waits: number) => Effect.Effect<number> = Effect.fnUntraced(function* (depth, waits) {
  if (depth > 0) return yield* link(depth - 1, waits);
  let count = 0;
  for (; count < waits; count++) yield* Effect.yieldNow;
  return count;
});

function chain(depth: number): Work {
  return (waits) => Effect.runPromise(link(depth, waits));
}

/** `tasks` fibers that take one of `permits` again and again around one turn. */
function guarded(permits: number, tasks: number): Work {
  return (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const semaphore = yield* Semaphore.make(permits);
        let done = 0;
        const turn = Semaphore.withPermit(
          semaphore,
          Effect.gen(function* () {
            yield* Effect.yieldNow;
            done++;
          }),
        );
        const worker = Effect.gen(function* () {
          for (let i = 0; i < count / tasks; i++) yield* turn;
        });
        yield* Effect.forEach(upTo(tasks), () => worker, ALL);
        return done;
      }),
    );
}

function queue(sides: number): Work {
  return (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const items = yield* Queue.bounded<number>(10);
        const each = count / sides;
        const producer = Effect.fnUntraced(function* (first: number) {
          for (let i = first; i < first + each; i++) yield* Queue.offer(items, i);
        });
        const consumer = Effect.gen(function* () {
          let sum = 0;
          for (let i = 0; i < each; i++) sum += yield* Queue.take(items);
          return sum;
        });
        const producers = yield* Effect.forEach(upTo(sides), (side) => Effect.forkChild(producer(side * each)));
        const sums = yield* Effect.forEach(upTo(sides), () => consumer, ALL);
        yield* Fiber.joinAll(producers);
        return total(sums);
      }),
    );
}

export const effect: Readonly<Record<string, Work | Absent>> = {
  spawn: (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += yield* Fiber.join(yield* Effect.forkChild(identity(i)));
        return sum;
      }),
    ),
  yields: (count) =>
    Effect.runPromise(
      Effect.map(
        Effect.forEach(upTo(TASKS), () => yielder(count / TASKS), ALL),
        total,
      ),
    ),
  "call-plain": calls,
  "call-coroutine": calls,
  "chain-plain-1": chain(1),
  "chain-plain-10": chain(10),
  "chain-plain-50": chain(50),
  "chain-plain-1000": chain(1000),
  "chain-coroutine-1": chain(1),
  "chain-coroutine-10": chain(10),
  "chain-coroutine-50": chain(50),
  "chain-coroutine-1000": chain(1000),
  "ping-pong": (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let ping = Deferred.makeUnsafe<number>();
        let pong = Deferred.makeUnsafe<number>();
        const answer = Effect.gen(function* () {
          for (let i = 0; i < count / 2; i++) {
            const value = yield* Deferred.await(ping);
            const reply = pong;
            ping = Deferred.makeUnsafe();
            pong = Deferred.makeUnsafe();
            yield* Deferred.succeed(reply, value);
          }
        });
        const other = yield* Effect.forkChild(answer);
        let sum = 0;
        for (let i = 0; i < count / 2; i++) {
          const reply = pong;
          yield* Deferred.succeed(ping, i);
          sum += yield* Deferred.await(reply);
        }
        yield* Fiber.join(other);
        return sum;
      }),
    ),
  semaphore: guarded(20, TASKS),
  lock: guarded(1, CONTENDERS),
  event: (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const latch = yield* Latch.make();
        let waiting = 0;
        let woken = 0;
        const listener = Effect.gen(function* () {
          for (let i = 0; i < count / TASKS; i++) {
            waiting++;
            yield* Latch.await(latch);
            woken++;
          }
        });
        const broadcaster = Effect.gen(function* () {
          for (let i = 0; i < count / TASKS; i++) {
            while (waiting < TASKS) yield* Effect.yieldNow;
            waiting = 0;
            yield* Latch.release(latch);
          }
        });
        const broadcast = yield* Effect.forkChild(broadcaster);
        yield* Effect.forEach(upTo(TASKS), () => listener, ALL);
        yield* Fiber.join(broadcast);
        return woken;
      }),
    ),
  queue: queue(1),
  "queue-many": queue(10),
  gather: (count) => {
    const child = Effect.fnUntraced(function* (value: number) {
      yield* Effect.yieldNow;
      return value;
    });
    return Effect.runPromise(Effect.map(Effect.forEach(upTo(count), child, ALL), total));
  },
  "task-group": (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let sum = 0;
        const child = Effect.fnUntraced(function* (value: number) {
          yield* Effect.yieldNow;
          sum += value;
        });
        yield* Effect.forEach(upTo(count), child, { ...ALL, discard: true });
        return sum;
      }),
    ),
  cancel: (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let cancelled = 0;
        const parked = Effect.onInterrupt(Effect.never, () =>
          Effect.sync(() => {
            cancelled++;
          }),
        );
        const fibers = yield* Effect.forEach(upTo(count), () => Effect.forkChild(parked));
        yield* Effect.yieldNow;
        yield* Fiber.interruptAll(fibers);
        return cancelled;
      }),
    ),
  timers: (count) =>
    Effect.runPromise(
      Effect.map(
        Effect.forEach(upTo(count), (value) => Effect.as(Effect.sleep(value % 51), value), ALL),
        total,
      ),
    ),
  timeout: (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const work = Effect.as(Effect.yieldNow, 1);
        let done = 0;
        for (let i = 0; i < count; i++) done += yield* Effect.timeout(work, 10_000);
        return done;
      }),
    ),
  from: (count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += yield* Effect.promise(() => Promise.resolve(i));
        return sum;
      }),
    ),
  run: async (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += await Effect.runPromise(Effect.as(Effect.yieldNow, i));
    return sum;
  },
};
