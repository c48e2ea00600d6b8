/**
 * Effection's side of the rows. To give way there is only `sleep(0)`, a host timer, of a millisecond at least; so `giveWay`
 * is written here by what it has for such ends. Calls are native `yield*`, plain ones and those of `coroutine()` rows alike.
 */
import {
  action,
  all,
  type Operation,
  race,
  run,
  sleep,
  spawn,
  suspend,
  type Task,
  until,
  withResolvers,
} from "effection";
import { type Absent, total, type Work } from "../row.ts";

const TASKS = 1000;

function giveWay(): Operation<void> {
  return action((resolve) => {
    queueMicrotask(resolve);
    return () => {};
  });
}

function* identity(value: number): Operation<number> {
  return value;
}

function* yielder(times: number): Operation<number> {
  let count = 0;
  for (; count < times; count++) yield* giveWay();
  return count;
}

const calls: Work = (count) =>
  promise(function* () {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += yield* identity(i);
    return sum;
  });

function* link(depth: number, waits: number): Operation<number> {
  if (depth > 0) return yield* link(depth - 1, waits);
  let count = 0;
  for (; count < waits; count++) yield* giveWay();
  return count;
}

function chain(depth: number): Work {
  return (waits) => promise(() => link(depth, waits));
}

/** A Task is a Promise and an operation; an async function would take it for neither. */
function promise<T>(operation: () => Operation<T>): Promise<T> {
  return Promise.resolve(run(operation));
}

const noSemaphore = { absent: "Effection has no semaphore and no lock" };
const noBound = { absent: "Effection's queues have no bound" };

export const effection: Readonly<Record<string, Work | Absent>> = {
  spawn: (count) =>
    promise(function* () {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += yield* yield* spawn(() => identity(i));
      return sum;
    }),
  yields: (count) =>
    promise(function* () {
      return total(yield* all(Array.from({ length: TASKS }, () => yielder(count / TASKS))));
    }),
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
    promise(function* () {
      let ping = withResolvers<number>();
      let pong = withResolvers<number>();
      function* answer(): Operation<void> {
        for (let i = 0; i < count / 2; i++) {
          const value = yield* ping.operation;
          const reply = pong;
          ping = withResolvers();
          pong = withResolvers();
          reply.resolve(value);
        }
      }
      const other = yield* spawn(answer);
      let sum = 0;
      for (let i = 0; i < count / 2; i++) {
        const reply = pong.operation;
        ping.resolve(i);
        sum += yield* reply;
      }
      yield* other;
      return sum;
    }),
  semaphore: noSemaphore,
  lock: noSemaphore,
  event: (count) =>
    promise(function* () {
      let gate = withResolvers<void>();
      let waiting = 0;
      let woken = 0;
      function* listener(): Operation<void> {
        for (let i = 0; i < count / TASKS; i++) {
          waiting++;
          yield* gate.operation;
          woken++;
        }
      }
      function* broadcaster(): Operation<void> {
        for (let i = 0; i < count / TASKS; i++) {
          while (waiting < TASKS) yield* giveWay();
          waiting = 0;
          const { resolve } = gate;
          gate = withResolvers();
          resolve();
        }
      }
      const broadcast = yield* spawn(broadcaster);
      yield* all(Array.from({ length: TASKS }, listener));
      yield* broadcast;
      return woken;
    }),
  queue: noBound,
  "queue-many": noBound,
  gather: (count) =>
    promise(function* () {
      function* child(value: number): Operation<number> {
        yield* giveWay();
        return value;
      }
      return total(yield* all(Array.from({ length: count }, (_, i) => child(i))));
    }),
  "task-group": (count) =>
    promise(function* () {
      let sum = 0;
      function* child(value: number): Operation<void> {
        yield* giveWay();
        sum += value;
      }
      const tasks: Task<void>[] = [];
      for (let i = 0; i < count; i++) tasks.push(yield* spawn(() => child(i)));
      for (const task of tasks) yield* task;
      return sum;
    }),
  cancel: (count) =>
    promise(function* () {
      let cancelled = 0;
      function* parked(): Operation<void> {
        try {
          yield* suspend();
        } finally {
          cancelled++;
        }
      }
      const tasks: Task<void>[] = [];
      for (let i = 0; i < count; i++) tasks.push(yield* spawn(parked));
      yield* giveWay();
      for (const task of tasks) yield* task.halt();
      return cancelled;
    }),
  timers: (count) =>
    promise(function* () {
      function* sleeper(value: number): Operation<number> {
        yield* sleep(value % 51);
        return value;
      }
      return total(yield* all(Array.from({ length: count }, (_, i) => sleeper(i))));
    }),
  timeout: (count) =>
    promise(function* () {
      function* work(): Operation<number> {
        yield* giveWay();
        return 1;
      }
      function* expiry(): Operation<never> {
        yield* sleep(10_000);
        throw new Error("the time ran out");
      }
      let done = 0;
      for (let i = 0; i < count; i++) done += yield* race([work(), expiry()]);
      return done;
    }),
  from: (count) =>
    promise(function* () {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += yield* until(Promise.resolve(i));
      return sum;
    }),
  run: async (count) => {
    function* main(value: number): Operation<number> {
      yield* giveWay();
      return value;
    }
    let sum = 0;
    for (let i = 0; i < count; i++) sum += await run(() => main(i));
    return sum;
  },
};
