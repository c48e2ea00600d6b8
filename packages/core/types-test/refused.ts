/** What the compiler must refuse: each line under an `@ts-expect-error` is a mistake that people make. */
import {
  any,
  asCompleted,
  type Coroutine,
  coroutine,
  createTask,
  type Executor,
  ensureFuture,
  Future,
  forEach,
  gather,
  getRunningLoop,
  Lock,
  once,
  Queue,
  race,
  retry,
  run,
  runCoroutineThreadsafe,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  toAsyncIterable,
  toPromise,
  wait,
  waitFor,
} from "yieldfrom";

function* good(n: number) {
  yield* sleep(n);
  return n;
}
const wrapped = coroutine(good);

/** The forgotten star. */
function* forgotten() {
  yield sleep(1);
}
function* forgottenFuture(future: Future<number>) {
  yield future;
}
// @ts-expect-error
createTask(forgotten());
// @ts-expect-error
createTask(forgottenFuture(new Future<number>()));
// @ts-expect-error
run(forgotten());
// @ts-expect-error
run(forgotten);
// @ts-expect-error
run(function* () {
  yield sleep(1);
});
// @ts-expect-error
export const annotated: Coroutine<void> = forgotten();
// @ts-expect-error
timeout(5, forgotten);
// @ts-expect-error
taskGroup(() => forgotten());

// @ts-expect-error
forEach([1], forgotten);
// @ts-expect-error
forEach([1], function* (ms) {
  yield sleep(ms);
});

/** The forgotten call. */
// @ts-expect-error
createTask(good);
// @ts-expect-error
createTask(wrapped);
// @ts-expect-error
gather([good]);
// @ts-expect-error
waitFor(good, 5);

/** The forgotten `yield*`: what is not awaited is no result. */
export function* unawaited(lock: Lock, queue: Queue<string>, task: Task<number>) {
  // @ts-expect-error
  const a: number = task;
  // @ts-expect-error
  const b: string = queue.get();
  // @ts-expect-error
  const c: number = wrapped(1);
  // @ts-expect-error
  using _held = lock;
  yield* sleep(0);
  return [a, b, c];
}

/** Coroutines where tasks are needed, tasks where coroutines are. */
declare const task: Task<number>;
// @ts-expect-error
wait([good(1)]);
// @ts-expect-error
wait([task, wrapped(1)]);
// @ts-expect-error
wait(good(1));
// @ts-expect-error
wait(task);
// @ts-expect-error
createTask(task);
// @ts-expect-error
createTask(new Future<number>());
// @ts-expect-error
createTask(new Lock());

/** Promises go through `from`. */
const promise = Promise.resolve(1);
// @ts-expect-error
createTask(promise);
// @ts-expect-error
gather([promise]);
// @ts-expect-error
gather([good(1), promise]);
// @ts-expect-error
ensureFuture(promise);
// @ts-expect-error
waitFor(promise, 5);
// @ts-expect-error
shield(promise);
// @ts-expect-error
timeout(5, () => promise);
// @ts-expect-error
run(promise);
// @ts-expect-error
run(async () => 1);
// @ts-expect-error
asCompleted([promise]);
// @ts-expect-error
race([promise]);
// @ts-expect-error
any([good(1), promise]);
export function* delegating() {
  // @ts-expect-error
  yield* promise;
}

// @ts-expect-error
forEach([1], async () => {});
// @ts-expect-error
forEach(promise, () => {});
// @ts-expect-error
toPromise(promise);
// @ts-expect-error
toAsyncIterable([promise]);
// @ts-expect-error
retry(() => promise);
// @ts-expect-error
retry(good(1));
// @ts-expect-error
once(promise, "x");
// @ts-expect-error
runCoroutineThreadsafe(task, getRunningLoop());
// @ts-expect-error
runCoroutineThreadsafe(good(1));

/** Values that are no awaitables. */
// @ts-expect-error
gather([5]);
// @ts-expect-error
gather(["text"]);
// @ts-expect-error
gather(good(1));
// @ts-expect-error
gather(good(1), good(2));
// @ts-expect-error
waitFor(5, 5);
// @ts-expect-error
shield(5);
// @ts-expect-error
createTask(5);
// @ts-expect-error
run(5);
// @ts-expect-error
asCompleted([5]);
// @ts-expect-error
asCompleted(task);
// @ts-expect-error
race(task);
// @ts-expect-error
any([5]);
// @ts-expect-error
timeout(5, () => 5);
// @ts-expect-error
timeout(5, good(1));
// @ts-expect-error
taskGroup((group) => group);

// @ts-expect-error
forEach(5, () => {});

/** Arguments and results of the wrong type. */
// @ts-expect-error
forEach(["x"], (ms: number) => sleep(ms));
// @ts-expect-error
wrapped("x");
// @ts-expect-error
wrapped();
// @ts-expect-error
wrapped(1, 2);
// @ts-expect-error
sleep("5");
// @ts-expect-error
timeout("5", () => good(1));
// @ts-expect-error
waitFor(good(1), undefined);
// @ts-expect-error
wait([task], { returnWhen: "FIRST" });
// @ts-expect-error
new Queue<string>().put(5);
// @ts-expect-error
new Future<string>().setResult(5);
// @ts-expect-error
export const wrongResult: Task<string> = createTask(good(1));
// @ts-expect-error
createTask(good(1), { title: "x" });

/** A closure can't be run elsewhere. */
declare const executor: Executor;
// @ts-expect-error
getRunningLoop().runInExecutor(null, () => 5);
// @ts-expect-error
getRunningLoop().runInExecutor(executor, (n: number) => n, 5);
// @ts-expect-error
executor.submit(() => 5);

/** An async function is not made into a coroutine function, a function that returns a Promise neither. */
// @ts-expect-error
coroutine(async () => 1);
// @ts-expect-error
coroutine((url: string) => Promise.resolve(url));
coroutine(() => new Future<number>());
