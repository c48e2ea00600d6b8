import type { Coroutine } from "yieldfrom";
import { withTimeout } from "../native/tasks.ts";
import { type Row, same, sumBelow } from "../row.ts";

export const rows: readonly Row[] = [
  {
    id: "timeout",
    name: "timeout around work that ends in time",
    group: "bridges",
    operations: 50_000,
    unit: 1,
    limit: 0.5,
    expected: same,
    ours: ({ run, sleep, timeout }) => {
      function* work(): Coroutine<number> {
        yield* sleep(0);
        return 1;
      }
      return (count) =>
        run(function* () {
          let done = 0;
          for (let i = 0; i < count; i++) done += yield* timeout(10_000, work);
          return done;
        });
    },
    native: async (count) => {
      async function work(signal: AbortSignal): Promise<number> {
        await undefined;
        signal.throwIfAborted();
        return 1;
      }
      let done = 0;
      for (let i = 0; i < count; i++) done += await withTimeout(10_000, work);
      return done;
    },
  },
  {
    id: "from",
    name: "from(native promise)",
    group: "bridges",
    operations: 100_000,
    unit: 1,
    limit: 1.6,
    expected: sumBelow,
    ours: ({ run, from }) => {
      return (count) =>
        run(function* () {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += yield* from(Promise.resolve(i));
          return sum;
        });
    },
    native: async (count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += await Promise.resolve(i);
      return sum;
    },
  },
  {
    id: "run",
    name: "run() of a main that gives way once",
    group: "bridges",
    operations: 5000,
    unit: 1,
    limit: 1,
    expected: sumBelow,
    ours: ({ run, sleep }) => {
      function* main(value: number): Coroutine<number> {
        yield* sleep(0);
        return value;
      }
      return async (count) => {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += await run(main(i));
        return sum;
      };
    },
    native: async (count) => {
      async function main(value: number, signal: AbortSignal): Promise<number> {
        await undefined;
        signal.throwIfAborted();
        return value;
      }
      let sum = 0;
      for (let i = 0; i < count; i++) sum += await stoppable((signal) => main(i, signal));
      return sum;
    },
  },
];

/** What a native program does so that Ctrl-C stops its main in an orderly way, as `run()` does. */
async function stoppable<T>(main: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once("SIGINT", stop);
  try {
    return await main(controller.signal);
  } finally {
    process.off("SIGINT", stop);
  }
}
