import type { Coroutine } from "yieldfrom";
import { type Row, same, sumBelow, total } from "../row.ts";

const TASKS = 1000;

async function nativeIdentity(value: number): Promise<number> {
  return value;
}

async function nativeCalls(count: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += await nativeIdentity(i);
  return sum;
}

async function nativeYielder(times: number): Promise<number> {
  let count = 0;
  for (; count < times; count++) await undefined;
  return count;
}

export const rows: readonly Row[] = [
  {
    id: "spawn",
    name: "spawn a task and join it",
    group: "tasks",
    operations: 200_000,
    unit: 1,
    limit: 2.3,
    expected: sumBelow,
    ours: ({ run, createTask }) => {
      function* identity(value: number): Coroutine<number> {
        return value;
      }
      return (count) =>
        run(function* () {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += yield* createTask(identity(i));
          return sum;
        });
    },
    native: nativeCalls,
  },
  {
    id: "yields",
    name: `${TASKS.toLocaleString("en")} tasks, each gives way 100 times`,
    group: "tasks",
    operations: TASKS * 100,
    unit: TASKS,
    least: TASKS * 50,
    limit: 1,
    expected: same,
    ours: ({ run, gather, sleep }) => {
      function* yielder(times: number): Coroutine<number> {
        let count = 0;
        for (; count < times; count++) yield* sleep(0);
        return count;
      }
      return (count) =>
        run(function* () {
          return total(yield* gather(Array.from({ length: TASKS }, () => yielder(count / TASKS))));
        });
    },
    native: async (count) =>
      total(await Promise.all(Array.from({ length: TASKS }, () => nativeYielder(count / TASKS)))),
  },
  {
    id: "call-plain",
    name: "call a child that does not wait, plain function*",
    group: "tasks",
    operations: 500_000,
    unit: 1,
    limit: 1,
    expected: sumBelow,
    ours: ({ run }) => {
      function* identity(value: number): Coroutine<number> {
        return value;
      }
      return (count) =>
        run(function* () {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += yield* identity(i);
          return sum;
        });
    },
    native: nativeCalls,
  },
  {
    id: "call-coroutine",
    name: "call a child that does not wait, coroutine()",
    group: "tasks",
    operations: 500_000,
    unit: 1,
    limit: 1.1,
    expected: sumBelow,
    ours: ({ run, coroutine }) => {
      const identity = coroutine(function* identity(value: number): Coroutine<number> {
        return value;
      });
      return (count) =>
        run(function* () {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += yield* identity(i);
          return sum;
        });
    },
    native: nativeCalls,
  },
];
