/** What `yield*` gives, without any annotation. Checked by the compiler alone. */
import type { ChildProcess } from "node:child_process";
import type { EventEmitter } from "node:events";
import {
  asCompleted,
  Barrier,
  BREAK,
  type CancelledError,
  type ConcurrentFuture,
  Condition,
  coroutine,
  createTask,
  currentTask,
  Event,
  type EventLoop,
  ensureFuture,
  Future,
  forEach,
  from,
  type Guard,
  getRunningLoop,
  Lock,
  once,
  PriorityQueue,
  Queue,
  retry,
  runCoroutineThreadsafe,
  Semaphore,
  shield,
  type signal,
  sleep,
  Task,
  type TaskGroup,
  type Timeout,
  taskGroup,
  timeout,
  timeoutAt,
  toAsyncIterable,
  toPromise,
  waitFor,
  wrapFuture,
} from "yieldfrom";
import { type Equal, expect } from "./expect.ts";

export function* futuresAndTasks() {
  const future = new Future<string>();
  const a = yield* future;
  expect<Equal<typeof a, string>>();
  const b = yield* getRunningLoop().createFuture<Map<string, number>>();
  expect<Equal<typeof b, Map<string, number>>>();
  const task = createTask(sleep(1, 5));
  expect<Equal<typeof task, Task<number>>>();
  const c = yield* task;
  expect<Equal<typeof c, number>>();
  const d = yield* new Task(sleep(1, true));
  expect<Equal<typeof d, boolean>>();
  const e = yield* ensureFuture(sleep(1, "x"));
  expect<Equal<typeof e, string>>();
  const f = future.result();
  expect<Equal<typeof f, string>>();
  const g = currentTask();
  expect<Equal<typeof g, Task<unknown> | null>>();
  future.addDoneCallback((done) => expect<Equal<typeof done, Future<string>>>());
}

export function* sleeping() {
  const a = yield* sleep(1);
  expect<Equal<typeof a, void>>();
  const b = yield* sleep(1, "x");
  expect<Equal<typeof b, string>>();
  const c = yield* sleep(0, { n: 1 });
  expect<Equal<typeof c, { n: number }>>();
}

export function* primitives() {
  const lock = new Lock();
  const a = yield* lock;
  expect<Equal<typeof a, Guard>>();
  const b = yield* lock.acquire();
  expect<Equal<typeof b, true>>();
  const c = yield* new Semaphore(2);
  expect<Equal<typeof c, Guard>>();
  const d = yield* new Event().wait();
  expect<Equal<typeof d, true>>();
  const e = yield* new Condition();
  expect<Equal<typeof e, Guard>>();
  const f = yield* new Condition().waitFor(() => "x");
  expect<Equal<typeof f, string>>();
  const g = yield* new Barrier(2);
  expect<Equal<typeof g, number>>();
}

export function* queues() {
  const queue = new Queue<{ url: string }>();
  const a = yield* queue.get();
  expect<Equal<typeof a, { url: string }>>();
  const b = yield* queue.put({ url: "" });
  expect<Equal<typeof b, void>>();
  const c = queue.getNowait();
  expect<Equal<typeof c, { url: string }>>();
  const d = yield* queue.join();
  expect<Equal<typeof d, void>>();
  const e = yield* new PriorityQueue<[number, string]>().get();
  expect<Equal<typeof e, [number, string]>>();
}

declare function readFile(path: string): Promise<Uint8Array>;
declare function request(url: string, options: { signal: AbortSignal }): Promise<{ status: number }>;

export function* promises() {
  const a = yield* from(readFile("x"));
  expect<Equal<typeof a, Uint8Array>>();
  const b = yield* from((signal) => request("x", { signal }));
  expect<Equal<typeof b, { status: number }>>();
  const c = yield* from(() => 5);
  expect<Equal<typeof c, number>>();
}

export async function awaited(task: Task<string>) {
  const a = await task;
  expect<Equal<typeof a, string>>();
  const b = await task.then((value) => value.length);
  expect<Equal<typeof b, number>>();
  const c = await task.finally(() => {});
  expect<Equal<typeof c, string>>();
}

const named = coroutine(function* named(n: number) {
  yield* sleep(1);
  return `${n}`;
});

export function* scopes(error: CancelledError) {
  const a = yield* timeout(5, function* (scope) {
    expect<Equal<typeof scope, Timeout>>();
    yield* sleep(1);
    return 5;
  });
  expect<Equal<typeof a, number>>();
  const b = yield* timeout(5, () => named(1));
  expect<Equal<typeof b, string>>();
  const c = yield* timeout(null, () => new Lock());
  expect<Equal<typeof c, Guard>>();
  const d = yield* timeoutAt(5, () => sleep(1, error));
  expect<Equal<typeof d, CancelledError>>();
  const e = yield* taskGroup(function* (group) {
    expect<Equal<typeof group, TaskGroup>>();
    const task = group.createTask(named(1));
    expect<Equal<typeof task, Task<string>>>();
    return yield* task;
  });
  expect<Equal<typeof e, string>>();
  const f = yield* waitFor(named(1), 5);
  expect<Equal<typeof f, string>>();
  const g = yield* shield(named(1));
  expect<Equal<typeof g, string>>();
}

declare const stream: ReadableStream<Uint8Array>;
declare function lines(): AsyncGenerator<string>;
const handle = coroutine(function* (line: string) {
  yield* sleep(line.length);
});

export function* iterating(chunks: Uint8Array[]) {
  expect<Equal<ReturnType<typeof signal>, AbortSignal>>();
  const a = yield* forEach(stream, (chunk) => chunks.push(chunk));
  expect<Equal<typeof a, void>>();
  yield* forEach(stream, (chunk) => {
    expect<Equal<typeof chunk, Uint8Array>>();
  });
  yield* forEach(lines(), function* (line, index) {
    expect<Equal<typeof line, string>>();
    expect<Equal<typeof index, number>>();
    const value = yield* sleep(1, 5);
    expect<Equal<typeof value, number>>();
    return value > 1 ? BREAK : undefined;
  });
  yield* forEach(lines(), handle);
  yield* forEach(["x"], handle);
  yield* forEach(new Set([1]), (ms) => sleep(ms));
  yield* forEach(new Map([[1, "x"]]), ([ms, text]) => createTask(sleep(ms, text)));
  yield* forEach([1], (ms) => (ms > 1 ? BREAK : sleep(ms)));
}

declare const emitter: EventEmitter;
declare const typed: EventEmitter<{ data: [number, string] }>;
declare const child: ChildProcess;
declare const socket: WebSocket;
declare const target: EventTarget;
declare const aborting: AbortSignal;

export function* events() {
  const a = yield* once(emitter, "data");
  expect<Equal<typeof a, unknown[]>>();
  const [b] = yield* once<[number, string]>(typed, "data");
  expect<Equal<typeof b, number>>();
  const c = yield* once<[code: number]>(child, "exit");
  expect<Equal<typeof c, [code: number]>>();
  const d = yield* once(socket, "message");
  expect<Equal<typeof d, MessageEvent>>();
  const e = yield* once(socket, "close");
  expect<Equal<typeof e, CloseEvent>>();
  const f = yield* once(target, "x");
  expect<Equal<typeof f, globalThis.Event>>();
  const g = yield* once<MessageEvent>(target, "x");
  expect<Equal<typeof g, MessageEvent>>();
  const h = yield* once(aborting, "abort");
  expect<Equal<typeof h, globalThis.Event>>();
  const i = yield* createTask(once(emitter, Symbol("x")), { eagerStart: true });
  expect<Equal<typeof i, unknown[]>>();
}

export function* retrying() {
  const a = yield* retry((attempt) => {
    expect<Equal<typeof attempt, number>>();
    return named(attempt);
  });
  expect<Equal<typeof a, string>>();
  const b = yield* retry(
    function* () {
      return yield* sleep(1, 5);
    },
    { attempts: 2, retryIf: (error) => error instanceof RangeError },
  );
  expect<Equal<typeof b, number>>();
}

export async function outOfCoroutines(loop: EventLoop, queue: Queue<string>, tasks: Task<number>[]) {
  const a = await toPromise(named(1));
  expect<Equal<typeof a, string>>();
  const b = toPromise(tasks[0]!, { signal: aborting, loop });
  expect<Equal<typeof b, Promise<number>>>();
  for await (const c of toAsyncIterable(asCompleted(tasks), { loop })) expect<Equal<typeof c, number>>();
  for await (const d of toAsyncIterable(queue)) expect<Equal<typeof d, string>>();
  for await (const e of toAsyncIterable([named(1), sleep(1, 5)])) expect<Equal<typeof e, string | number>>();
  const f = runCoroutineThreadsafe(named(1), loop);
  expect<Equal<typeof f, ConcurrentFuture<string>>>();
  const g = await f;
  expect<Equal<typeof g, string>>();
  const h = wrapFuture(f);
  expect<Equal<typeof h, Future<string>>>();
}

export function* acrossLoops(loop: EventLoop) {
  const a = yield* runCoroutineThreadsafe(sleep(1, 5), loop);
  expect<Equal<typeof a, number>>();
}
