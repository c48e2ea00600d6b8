/** Coroutine functions: what is inferred of them, and that the inferred type is one to work with. */
import {
  type Awaitable,
  type AwaitableFunction,
  type Coroutine,
  coroutine,
  createTask,
  getEventLoop,
  Lock,
  Queue,
  Runner,
  run,
  sleep,
  type Task,
  VirtualEventLoop,
} from "yieldfrom";
import { type Equal, expect } from "./expect.ts";

function* plain(name: string) {
  using _held = yield* new Lock();
  yield* sleep(1);
  const item = yield* new Queue<number>().get();
  return { name, item };
}
interface Plain {
  name: string;
  item: number;
}

/** A `function*` without annotations is a coroutine function wherever one is asked for. */
export const asCoroutine: Coroutine<Plain> = plain("x");
export const asAwaitable: Awaitable<Plain> = plain("x");
export const asFunction: AwaitableFunction<[name: string], Plain> = plain;
export const asTask: Task<Plain> = createTask(plain("x"));
createTask(plain("x"), { name: "named" });

function* nothing() {}
export const ofVoid: Coroutine<void> = nothing();

export function* calls() {
  const a = yield* plain("x");
  expect<Equal<typeof a, Plain>>();
  const b = yield* nothing();
  expect<Equal<typeof b, void>>();
}

/** Its results may differ by branch, and it may be recursive with an annotation. */
function* either(flag: boolean) {
  if (flag) return yield* sleep(1, "text");
  return yield* sleep(1, 5);
}
function* factorial(n: number): Coroutine<number> {
  return n < 2 ? 1 : n * (yield* factorial(n - 1));
}
export function* branches() {
  const a = yield* either(true);
  expect<Equal<typeof a, string | number>>();
  const b = yield* factorial(5);
  expect<Equal<typeof b, number>>();
}

/** `coroutine()` keeps parameters, result, generics and `this`. */
const wrapped = coroutine(function* wrapped(url: string, retries = 3) {
  yield* sleep(retries);
  return url.length;
});
const generic = coroutine(function* generic<T, U>(items: readonly T[], fn: (item: T) => U) {
  yield* sleep(0);
  return items.map(fn);
});
const arrow = coroutine((ms: number) => sleep(ms, "slept"));
const valued = coroutine((n: number) => n * 2);
class Client {
  readonly base: string = "";
  readonly get = coroutine(function* (this: Client, path: string) {
    yield* sleep(0);
    return `${this.base}${path}`;
  });
}
class Service {
  @coroutine
  *load(id: number) {
    yield* sleep(1);
    return [id];
  }
}

export function* wrappedCalls() {
  expect<Equal<Parameters<typeof wrapped>, [url: string, retries?: number | undefined]>>();
  const a = yield* wrapped("x");
  expect<Equal<typeof a, number>>();
  const b = yield* generic([1, 2], (n) => `${n}`);
  expect<Equal<typeof b, string[]>>();
  const c = yield* arrow(5);
  expect<Equal<typeof c, string>>();
  const d = yield* valued(5);
  expect<Equal<typeof d, number>>();
  const e = yield* new Client().get("/");
  expect<Equal<typeof e, string>>();
  const f = yield* new Service().load(1);
  expect<Equal<typeof f, number[]>>();
}

export async function running() {
  const a = await run(plain("x"));
  expect<Equal<typeof a, Plain>>();
  const b = await run(() => plain("x"));
  expect<Equal<typeof b, Plain>>();
  const c = await run(function* () {
    return yield* sleep(1, 5);
  });
  expect<Equal<typeof c, number>>();
  const d = run(nothing);
  expect<Equal<typeof d, Promise<void>>>();
  await using runner = new Runner();
  const e = await runner.run(wrapped("x"));
  expect<Equal<typeof e, number>>();
  const f = new VirtualEventLoop().runUntilComplete(plain("x"));
  expect<Equal<typeof f, Plain>>();
  const g = await getEventLoop().runUntilComplete(plain("x"));
  expect<Equal<typeof g, Plain>>();
}
