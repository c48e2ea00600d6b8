import { createTask, Future, gather, Queue, run, Semaphore, sleep } from "yieldfrom";
import { NativeQueue, NativeSemaphore } from "../native-sync.ts";
import type { Row } from "../row.ts";

const ROUND_TRIPS = 100_000;
const TASKS = 1000;
const TURNS = 20;
const ITEMS = 100_000;
const CAPACITY = 10;

/** One task serves a number, the other returns it, each through a new future. */
const pingPong: Row = {
  name: "futures ping-pong",
  operations: ROUND_TRIPS * 2,
  ours: () =>
    run(function* () {
      let ping = new Future<number>();
      let pong = new Future<number>();
      const other = createTask(
        (function* () {
          for (let i = 0; i < ROUND_TRIPS; i++) {
            const value = yield* ping;
            const reply = pong;
            ping = new Future();
            pong = new Future();
            reply.setResult(value);
          }
        })(),
      );
      let sum = 0;
      for (let i = 0; i < ROUND_TRIPS; i++) {
        const reply = pong;
        ping.setResult(i);
        sum += yield* reply;
      }
      yield* other;
      return sum;
    }),
  native: async () => {
    let ping = Promise.withResolvers<number>();
    let pong = Promise.withResolvers<number>();
    const other = (async () => {
      for (let i = 0; i < ROUND_TRIPS; i++) {
        const value = await ping.promise;
        const reply = pong;
        ping = Promise.withResolvers();
        pong = Promise.withResolvers();
        reply.resolve(value);
      }
    })();
    let sum = 0;
    for (let i = 0; i < ROUND_TRIPS; i++) {
      const reply = pong.promise;
      ping.resolve(i);
      sum += await reply;
    }
    await other;
    return sum;
  },
};

/** Many tasks, twenty permits, each taken again and again around one turn of the loop. */
const semaphore: Row = {
  name: `semaphore(20), ${TASKS} tasks, ${TURNS} turns each`,
  operations: TASKS * TURNS,
  ours: () =>
    run(function* () {
      const permits = new Semaphore(20);
      let done = 0;
      function* worker() {
        for (let i = 0; i < TURNS; i++) {
          yield* permits.acquire();
          try {
            yield* sleep(0);
            done++;
          } finally {
            permits.release();
          }
        }
      }
      yield* gather(Array.from({ length: TASKS }, worker));
      return done;
    }),
  native: async () => {
    const permits = new NativeSemaphore(20);
    let done = 0;
    async function worker() {
      for (let i = 0; i < TURNS; i++) {
        await permits.acquire();
        try {
          await undefined;
          done++;
        } finally {
          permits.release();
        }
      }
    }
    await Promise.all(Array.from({ length: TASKS }, worker));
    return done;
  },
};

const queue: Row = {
  name: `queue of ${CAPACITY}, one producer, one consumer`,
  operations: ITEMS,
  ours: () =>
    run(function* () {
      const items = new Queue<number>(CAPACITY);
      const producer = createTask(
        (function* () {
          for (let i = 0; i < ITEMS; i++) yield* items.put(i);
        })(),
      );
      let sum = 0;
      for (let i = 0; i < ITEMS; i++) sum += yield* items.get();
      yield* producer;
      return sum;
    }),
  native: async () => {
    const items = new NativeQueue(CAPACITY);
    const producer = (async () => {
      for (let i = 0; i < ITEMS; i++) await items.put(i);
    })();
    let sum = 0;
    for (let i = 0; i < ITEMS; i++) sum += await items.get();
    await producer;
    return sum;
  },
};

export const syncRows: readonly Row[] = [pingPong, semaphore, queue];
