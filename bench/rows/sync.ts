import type { Coroutine } from "yieldfrom";
import { NativeEvent, NativeSemaphore } from "../native/sync.ts";
import { type Row, same, sumBelow } from "../row.ts";

const WORKERS = 1000;
const CONTENDERS = 100;
const LISTENERS = 1000;

export const rows: readonly Row[] = [
  {
    id: "ping-pong",
    name: "futures ping-pong",
    group: "coordination",
    operations: 200_000,
    unit: 2,
    limit: 1,
    expected: (count) => sumBelow(count / 2),
    ours: ({ run, createTask, Future }) => {
      return (count) =>
        run(function* () {
          let ping = new Future<number>();
          let pong = new Future<number>();
          function* answer(): Coroutine<void> {
            for (let i = 0; i < count / 2; i++) {
              const value = yield* ping;
              const reply = pong;
              ping = new Future();
              pong = new Future();
              reply.setResult(value);
            }
          }
          const other = createTask(answer());
          let sum = 0;
          for (let i = 0; i < count / 2; i++) {
            const reply = pong;
            ping.setResult(i);
            sum += yield* reply;
          }
          yield* other;
          return sum;
        });
    },
    native: async (count) => {
      let ping = Promise.withResolvers<number>();
      let pong = Promise.withResolvers<number>();
      async function answer(): Promise<void> {
        for (let i = 0; i < count / 2; i++) {
          const value = await ping.promise;
          const reply = pong;
          ping = Promise.withResolvers();
          pong = Promise.withResolvers();
          reply.resolve(value);
        }
      }
      const other = answer();
      let sum = 0;
      for (let i = 0; i < count / 2; i++) {
        const reply = pong.promise;
        ping.resolve(i);
        sum += await reply;
      }
      await other;
      return sum;
    },
  },
  {
    id: "semaphore",
    name: `semaphore(20), ${WORKERS.toLocaleString("en")} tasks`,
    group: "coordination",
    operations: WORKERS * 100,
    unit: WORKERS,
    least: WORKERS * 20,
    limit: 1,
    expected: same,
    ours: ({ run, gather, sleep, Semaphore }) => {
      return (count) =>
        run(function* () {
          const permits = new Semaphore(20);
          let done = 0;
          function* worker(): Coroutine<void> {
            for (let i = 0; i < count / WORKERS; i++) {
              yield* permits.acquire();
              try {
                yield* sleep(0);
                done++;
              } finally {
                permits.release();
              }
            }
          }
          yield* gather(Array.from({ length: WORKERS }, worker));
          return done;
        });
    },
    native: async (count) => {
      const permits = new NativeSemaphore(20);
      let done = 0;
      async function worker(): Promise<void> {
        for (let i = 0; i < count / WORKERS; i++) {
          await permits.acquire();
          try {
            await undefined;
            done++;
          } finally {
            permits.release();
          }
        }
      }
      await Promise.all(Array.from({ length: WORKERS }, worker));
      return done;
    },
  },
  {
    id: "lock",
    name: `lock hand-over among ${CONTENDERS} tasks`,
    group: "coordination",
    operations: CONTENDERS * 1000,
    unit: CONTENDERS,
    least: CONTENDERS * 100,
    limit: 1,
    expected: same,
    ours: ({ run, gather, sleep, Lock }) => {
      return (count) =>
        run(function* () {
          const lock = new Lock();
          let done = 0;
          function* contender(): Coroutine<void> {
            for (let i = 0; i < count / CONTENDERS; i++) {
              yield* lock.acquire();
              try {
                const before = done;
                yield* sleep(0);
                done = before + 1;
              } finally {
                lock.release();
              }
            }
          }
          yield* gather(Array.from({ length: CONTENDERS }, contender));
          return done;
        });
    },
    native: async (count) => {
      const lock = new NativeSemaphore(1);
      let done = 0;
      async function contender(): Promise<void> {
        for (let i = 0; i < count / CONTENDERS; i++) {
          await lock.acquire();
          try {
            const before = done;
            await undefined;
            done = before + 1;
          } finally {
            lock.release();
          }
        }
      }
      await Promise.all(Array.from({ length: CONTENDERS }, contender));
      return done;
    },
  },
  {
    id: "event",
    name: `event broadcast to ${LISTENERS.toLocaleString("en")} tasks`,
    group: "coordination",
    operations: LISTENERS * 100,
    unit: LISTENERS,
    least: LISTENERS * 20,
    limit: 1,
    expected: same,
    ours: ({ run, gather, createTask, sleep, Event }) => {
      return (count) =>
        run(function* () {
          const event = new Event();
          let waiting = 0;
          let woken = 0;
          function* listener(): Coroutine<void> {
            for (let i = 0; i < count / LISTENERS; i++) {
              waiting++;
              yield* event.wait();
              woken++;
            }
          }
          function* broadcaster(): Coroutine<void> {
            for (let i = 0; i < count / LISTENERS; i++) {
              while (waiting < LISTENERS) yield* sleep(0);
              waiting = 0;
              event.set();
              event.clear();
            }
          }
          const broadcast = createTask(broadcaster());
          yield* gather(Array.from({ length: LISTENERS }, listener));
          yield* broadcast;
          return woken;
        });
    },
    native: async (count) => {
      const event = new NativeEvent();
      let waiting = 0;
      let woken = 0;
      async function listener(): Promise<void> {
        for (let i = 0; i < count / LISTENERS; i++) {
          waiting++;
          await event.wait();
          woken++;
        }
      }
      async function broadcaster(): Promise<void> {
        for (let i = 0; i < count / LISTENERS; i++) {
          while (waiting < LISTENERS) await undefined;
          waiting = 0;
          event.set();
          event.clear();
        }
      }
      const broadcast = broadcaster();
      await Promise.all(Array.from({ length: LISTENERS }, listener));
      await broadcast;
      return woken;
    },
  },
];
