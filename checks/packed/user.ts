// Compiled by checks/packed.ts against the packed declarations.
import { type Coroutine, coroutine, createTask, gather, Lock, run, sleep } from "yieldfrom";

const child = coroutine(function* child(n: number): Coroutine<string> {
  yield* sleep(1);
  return String(n);
});

export const result: Promise<readonly [string, number]> = run(function* () {
  const lock = new Lock();
  const guard = yield* lock;
  guard[Symbol.dispose]();
  const task = createTask(child(1));
  const text: string = yield* task;
  const [a, b] = yield* gather([child(2), sleep(1, 3)]);
  return [text + a, b] as const;
});
