import type { Coroutine } from "yieldfrom";
import { nativeGroup, parked } from "../native/tasks.ts";
import { type Row, same, sumBelow, total } from "../row.ts";

const MANY = 100_000;
/** Much of the cost is that they are many: the collector moves them all. So rivals, too, do as many as possible. */
const BUDGET = 600;
/** Timers of 0 to 50 ms. */
const DURATIONS = 51;

export const rows: readonly Row[] = [
  {
    id: "gather",
    name: "gather 100,000 that give way once",
    group: "many at once",
    operations: MANY,
    unit: 1,
    budget: BUDGET,
    limit: 1,
    expected: sumBelow,
    ours: ({ run, gather, sleep }) => {
      function* child(value: number): Coroutine<number> {
        yield* sleep(0);
        return value;
      }
      return (count) =>
        run(function* () {
          return total(yield* gather(Array.from({ length: count }, (_, i) => child(i))));
        });
    },
    native: async (count) => {
      async function child(value: number): Promise<number> {
        await undefined;
        return value;
      }
      return total(await Promise.all(Array.from({ length: count }, (_, i) => child(i))));
    },
  },
  {
    id: "task-group",
    name: "taskGroup of 100,000 that give way once",
    group: "many at once",
    operations: MANY,
    unit: 1,
    budget: BUDGET,
    limit: 1,
    expected: sumBelow,
    ours: ({ run, sleep, taskGroup }) => {
      return (count) =>
        run(function* () {
          let sum = 0;
          function* child(value: number): Coroutine<void> {
            yield* sleep(0);
            sum += value;
          }
          yield* taskGroup(function* (group) {
            for (let i = 0; i < count; i++) group.createTask(child(i));
          });
          return sum;
        });
    },
    native: async (count) => {
      let sum = 0;
      async function child(value: number, signal: AbortSignal): Promise<void> {
        await undefined;
        signal.throwIfAborted();
        sum += value;
      }
      await nativeGroup(async (group) => {
        for (let i = 0; i < count; i++) group.start((signal) => child(i, signal));
      });
      return sum;
    },
  },
  {
    id: "cancel",
    name: "start 100,000 tasks that park, cancel each",
    group: "many at once",
    operations: MANY,
    unit: 1,
    budget: BUDGET,
    limit: 0.5,
    expected: same,
    ours: ({ run, createTask, sleep, wait, Future, CancelledError }) => {
      return (count) =>
        run(function* () {
          let cancelled = 0;
          function* park(): Coroutine<void> {
            try {
              yield* new Future<void>();
            } catch (error) {
              if (error instanceof CancelledError) cancelled++;
              throw error;
            }
          }
          const tasks = Array.from({ length: count }, () => createTask(park()));
          yield* sleep(0);
          for (const task of tasks) task.cancel();
          yield* wait(tasks);
          return cancelled;
        });
    },
    native: async (count) => {
      let cancelled = 0;
      async function park(signal: AbortSignal): Promise<void> {
        try {
          await parked(signal);
        } catch (error) {
          if (signal.aborted) cancelled++;
          throw error;
        }
      }
      const controllers: AbortController[] = [];
      const tasks = Array.from({ length: count }, () => {
        const controller = new AbortController();
        controllers.push(controller);
        return park(controller.signal);
      });
      await undefined;
      for (const controller of controllers) controller.abort();
      await Promise.allSettled(tasks);
      return cancelled;
    },
  },
  {
    id: "timers",
    name: "100,000 tasks, each sleeps 0 to 50 ms",
    group: "many at once",
    operations: MANY,
    unit: 1,
    budget: BUDGET,
    least: MANY / 5,
    limit: 1,
    expected: sumBelow,
    ours: ({ run, gather, sleep }) => {
      function* sleeper(value: number): Coroutine<number> {
        yield* sleep(value % DURATIONS);
        return value;
      }
      return (count) =>
        run(function* () {
          return total(yield* gather(Array.from({ length: count }, (_, i) => sleeper(i))));
        });
    },
    native: async (count) => {
      async function sleeper(value: number): Promise<number> {
        await new Promise((resolve) => {
          setTimeout(resolve, value % DURATIONS);
        });
        return value;
      }
      return total(await Promise.all(Array.from({ length: count }, (_, i) => sleeper(i))));
    },
  },
];
