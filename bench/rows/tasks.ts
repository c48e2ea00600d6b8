import { type Coroutine, coroutine, createTask, gather, run, sleep } from "yieldfrom";
import type { Row } from "../row.ts";

const SPAWNS = 200_000;
const TASKS = 1000;
const YIELDS = 100;
const CALLS = 500_000;

function* identity(value: number): Coroutine<number> {
  return value;
}
const wrappedIdentity = coroutine(function* identity(value: number): Coroutine<number> {
  return value;
});
async function nativeIdentity(value: number): Promise<number> {
  return value;
}

async function nativeCalls(times: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += await nativeIdentity(i);
  return sum;
}

function ourCalls(child: (value: number) => Coroutine<number>, times: number): () => Promise<number> {
  return () =>
    run(function* () {
      let sum = 0;
      for (let i = 0; i < times; i++) sum += yield* child(i);
      return sum;
    });
}

function* yielder(): Coroutine<number> {
  let count = 0;
  for (; count < YIELDS; count++) yield* sleep(0);
  return count;
}
async function nativeYielder(): Promise<number> {
  let count = 0;
  for (; count < YIELDS; count++) await undefined;
  return count;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

export const taskRows: readonly Row[] = [
  {
    name: "spawn a task and join it",
    operations: SPAWNS,
    ours: () =>
      run(function* () {
        let sum = 0;
        for (let i = 0; i < SPAWNS; i++) sum += yield* createTask(identity(i));
        return sum;
      }),
    native: () => nativeCalls(SPAWNS),
  },
  {
    name: `${TASKS} tasks, each gives way ${YIELDS} times`,
    operations: TASKS * YIELDS,
    ours: () =>
      run(function* () {
        return sum(yield* gather(Array.from({ length: TASKS }, yielder)));
      }),
    native: async () => sum(await Promise.all(Array.from({ length: TASKS }, nativeYielder))),
  },
  {
    name: "call a child that does not wait, plain function*",
    operations: CALLS,
    ours: ourCalls(identity, CALLS),
    native: () => nativeCalls(CALLS),
  },
  {
    name: "call a child that does not wait, coroutine()",
    operations: CALLS,
    ours: ourCalls(wrappedIdentity, CALLS),
    native: () => nativeCalls(CALLS),
  },
];
