/** Combinators keep the types of what they combine. */
import {
  any,
  asCompleted,
  type Coroutine,
  coroutine,
  createTask,
  type Future,
  type Guard,
  gather,
  Lock,
  race,
  sleep,
  type Task,
  wait,
} from "yieldfrom";
import { type Equal, expect } from "./expect.ts";

function* plain(n: number) {
  yield* sleep(n);
  return `${n}`;
}
const wrapped = coroutine(plain);

export function* gathering(some: Task<string>[], urls: readonly string[]) {
  const a = yield* gather([plain(1), createTask(sleep(1, 5)), new Lock(), sleep(1, null)]);
  expect<Equal<typeof a, [string, number, Guard, null]>>();
  const [first, second] = yield* gather([plain(1), sleep(1, true)]);
  expect<Equal<typeof first, string>>();
  expect<Equal<typeof second, boolean>>();
  const b = yield* gather(some);
  expect<Equal<typeof b, string[]>>();
  const c = yield* gather(urls.map((url) => plain(url.length)));
  expect<Equal<typeof c, string[]>>();
  const d = yield* gather(urls.map((url) => wrapped(url.length)));
  expect<Equal<typeof d, string[]>>();
  const e = yield* gather([]);
  expect<Equal<typeof e, []>>();
  const f = yield* gather([plain(1), sleep(1, 5)], { returnExceptions: true });
  expect<Equal<typeof f, [string | Error, number | Error]>>();
  const g = yield* gather([plain(1)], { returnExceptions: false });
  expect<Equal<typeof g, [string]>>();
  const tuple = [plain(1), sleep(1, 5)] as const;
  const h = yield* gather(tuple);
  expect<Equal<typeof h, [string, number]>>();
}

export function* waiting(tasks: Task<string>[], one: Task<number>, other: Future<string>) {
  const [done, pending] = yield* wait(tasks);
  expect<Equal<typeof done, Set<Task<string>>>>();
  expect<Equal<typeof pending, Set<Task<string>>>>();
  for (const task of done) {
    const result = task.result();
    expect<Equal<typeof result, string>>();
    expect<Equal<ReturnType<typeof task.getName>, string>>();
  }
  const a = yield* wait(new Set(tasks), { timeout: 5, returnWhen: "FIRST_COMPLETED" });
  expect<Equal<typeof a, [done: Set<Task<string>>, pending: Set<Task<string>>]>>();
  const [mixed] = yield* wait([one, other]);
  expect<Equal<typeof mixed, Set<Task<number> | Future<string>>>>();
}

export function* completing(tasks: Task<string>[], coroutines: Coroutine<string>[], urls: readonly string[]) {
  for (const next of asCompleted(tasks)) {
    const a = yield* next;
    expect<Equal<typeof a, string>>();
  }
  for (const next of asCompleted(tasks).tasks()) {
    const b = yield* next;
    expect<Equal<typeof b, Future<string>>>();
  }
  for (const next of asCompleted(coroutines, { timeout: 5 })) {
    const c = yield* next;
    expect<Equal<typeof c, string>>();
  }
  for (const next of asCompleted([sleep(1, 5), sleep(1, 6)])) {
    const d = yield* next;
    expect<Equal<typeof d, number>>();
  }
  for (const next of asCompleted(urls.map((url) => plain(url.length)))) {
    const e = yield* next;
    expect<Equal<typeof e, string>>();
  }
  for (const next of asCompleted([wrapped(1), wrapped(2)])) {
    const f = yield* next;
    expect<Equal<typeof f, string>>();
  }
  for (const next of asCompleted([wrapped(1), sleep(2, 5)])) {
    const g = yield* next;
    expect<Equal<typeof g, string | number>>();
  }
}

export function* contests(tasks: Task<string>[], urls: readonly string[], fails: Coroutine<never>) {
  const a = yield* race([plain(1), sleep(1, 5), new Lock()]);
  expect<Equal<typeof a, string | number | Guard>>();
  const b = yield* any([wrapped(1), createTask(sleep(1, null))]);
  expect<Equal<typeof b, string | null>>();
  const c = yield* race(tasks);
  expect<Equal<typeof c, string>>();
  const d = yield* any(urls.map((url) => plain(url.length)));
  expect<Equal<typeof d, string>>();
  const e = yield* race(new Set([sleep(1, true)]));
  expect<Equal<typeof e, boolean>>();
  const f = yield* race([gather([plain(1), sleep(1, 5)]), sleep(9, null)]);
  expect<Equal<typeof f, [string, number] | null>>();
  const g = yield* race([fails, plain(1)] as const);
  expect<Equal<typeof g, string>>();
  const h = createTask(any([plain(1), sleep(1, 5)]));
  expect<Equal<typeof h, Task<string | number>>>();
}
